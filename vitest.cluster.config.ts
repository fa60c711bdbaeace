import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["test/{api,cluster,kubectl}/**/*.test.ts"],
    env: { FLAGGER_BUILD_KUBECTL: "1" },
    globalSetup: "test/cluster/global-setup.ts",
    fileParallelism: false,
    // Stories spend their time waiting for the next check, so all of a file are told at once.
    maxConcurrency: 100,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
})
