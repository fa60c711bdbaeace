import { readdirSync, readFileSync } from "node:fs"
import { Counter, Gauge, type Registry } from "prom-client"

const GAUGES: readonly [name: string, help: string, value: () => number | undefined][] = [
  ["process_resident_memory_bytes", "Resident memory size in bytes.", () => process.memoryUsage.rss()],
  ["process_heap_bytes", "JavaScript heap in use, in bytes.", () => process.memoryUsage().heapUsed],
  ["process_open_fds", "Number of open file descriptors.", () => fromProc(() => readdirSync("/proc/self/fd").length)],
  ["process_max_fds", "Maximum number of open file descriptors.", () => fromProc(maximumFds)],
]

/** The `process_` series that every Prometheus client exports. They are read when asked for and cost nothing meanwhile. */
export function addProcessMetrics(registry: Registry): void {
  const registers = [registry]
  for (const [name, help, value] of GAUGES) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const found = value()
        if (found !== undefined) this.set(found)
      },
    })
  }
  new Counter({
    name: "process_cpu_seconds_total",
    help: "Total user and system CPU time spent in seconds.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1e6)
    },
  })
  const started = Math.round(Date.now() / 1000 - process.uptime())
  new Gauge({ name: "process_start_time_seconds", help: "Start time of the process.", registers }).set(started)
}

const maximumFds = () => Number(/^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1])

/** Undefined where there is no proc file system. */
function fromProc(read: () => number): number | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
