import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    include: ["{src,test,bench}/**/*.test.ts"],
    exclude: ["test/cluster/**", "node_modules/**"],
    pool: "threads",
    testTimeout: 20_000,
  },
})
