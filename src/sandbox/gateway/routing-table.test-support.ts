import { parentsOf } from "./attachment.ts"
import { backendsOf, type ServiceBackends, serviceOf } from "./backends.ts"
import { nameOf, type Objects } from "./objects.ts"
import { compileRoute } from "./rules.ts"
import { type RoutingTable, siteFinder, surroundings } from "./table.ts"

/** The table for objects that stay as they are. */
export function routingTable(objects: Objects): RoutingTable {
  const around = surroundings(objects)
  const backends = allBackends(objects)
  const routes = objects.routes.map((route) => ({
    route,
    parents: parentsOf(route, around),
    compiled: compileRoute(route, objects.grants),
  }))
  return { site: siteFinder(routes, (service) => backends.has(service)), backends }
}

function allBackends({ services, slices, pods }: Objects): Map<string, ServiceBackends> {
  const podsByName = new Map(pods.map((pod) => [nameOf(pod), pod]))
  return new Map(
    services.map((service) => {
      const own = slices.filter((slice) => serviceOf(slice) === nameOf(service))
      return [nameOf(service), backendsOf(service, own, (name) => podsByName.get(name))]
    }),
  )
}
