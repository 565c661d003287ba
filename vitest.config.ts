import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/** End-to-end tests that hurry nobody: two of these files at a time cost a machine of two cores no verdict. */
const besideOthers = [
  "bad-days",
  "bootstrap",
  "everyday",
  "failover-killed",
  "worn-environment",
  "chat-page/*",
  "drill-report/*",
].map(name => `test/${name}.test.ts`)

/** Files that take long whatever their size come first, lest one of them goes on alone when everything else is over. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification) =>
      2 * project.config.sequence.groupOrder + (/simulate|targets\/local|engine/.test(moduleId) ? 0 : 1)
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other))
  }
}

export default defineConfig({
  // Packages of the workspace are tested from their sources; processes that tests start come from the build.
  ssr: { resolve: { conditions: ["chatops-source"] } },
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          sequence: { groupOrder: 0 },
          include: ["packages/*/src/**/*.test.ts", "tools/**/*.test.ts"],
          // Most of them wait most of the time: for processes, for disks.
          maxWorkers: Math.ceil(1.5 * availableParallelism()),
        },
      },
      {
        extends: true,
        test: {
          name: "beside",
          sequence: { groupOrder: 1 },
          include: besideOthers,
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          // After everything else: these measure themselves against a whole machine.
          sequence: { groupOrder: 2 },
          include: ["test/**/*.test.ts"],
          exclude: besideOthers,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
    exclude: ["**/node_modules/**", "**/dist/**", "**/bundle/**"],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
