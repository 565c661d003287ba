import { defineConfig } from "vitest/config"

export default defineConfig({
  // Packages of the workspace are tested from their sources; processes that tests start come from the build.
  ssr: { resolve: { conditions: ["source"] } },
  test: {
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["packages/*/src/**/*.test.ts", "tools/**/*.test.ts"] },
      },
      {
        extends: true,
        test: {
          name: "e2e",
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
