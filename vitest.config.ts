import { defineConfig } from "vitest/config"

export default defineConfig({
  // Packages of the workspace are tested from their sources; processes that tests start come from the build.
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          sequence: { groupOrder: 0 },
          include: ["packages/*/src/**/*.test.ts", "tools/**/*.test.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          // After everything else: these measure themselves against a whole machine.
          sequence: { groupOrder: 1 },
          include: ["test/**/*.test.ts"],
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
