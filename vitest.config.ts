import { defineConfig } from "vitest/config"

/** Stories wait for intervals of ten seconds; so much faster does time pass for them here. */
const FASTER = 10
const programs = ["test/sandbox/**/*.test.ts", "test/kubectl/**/*.test.ts"]

/** One group after the other: what counts seconds shares the machine with nobody. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{src,test,bench}/**/*.test.ts"],
          exclude: ["test/cluster/**", "node_modules/**", ...programs],
          pool: "threads",
          // Modules keep no state, so they are loaded once for all files of a worker.
          isolate: false,
          // One worker less than processors, as is usual, would leave a small machine half idle.
          maxWorkers: "100%",
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "stories",
          include: ["test/cluster/**/*.test.ts"],
          globalSetup: ["test/sandbox/global-setup.ts"],
          setupFiles: ["test/sandbox/setup.ts"],
          env: { FASTER: `${FASTER}:${Date.now()}` },
          pool: "forks",
          fileParallelism: false,
          maxConcurrency: 100,
          testTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "programs",
          include: programs,
          globalSetup: ["test/sandbox/global-setup.ts"],
          pool: "forks",
          fileParallelism: false,
          testTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
