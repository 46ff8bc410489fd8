import type { ResourceServer } from '../resource-server-types.js'
import type { ProtectedResources } from './protected-resources.js'

/** What a resource server says of its resources. */
export function metadataControl(
  resources: ProtectedResources | undefined,
): Pick<ResourceServer, 'resources' | 'protectedResourceMetadata' | 'metadataResponder'> {
  return {
    resources: resources?.identifiers ?? [],
    protectedResourceMetadata: async (resource) => required(resources).metadata(resource),
    metadataResponder: () => required(resources).respond,
  }
}

function required(resources: ProtectedResources | undefined): ProtectedResources {
  if (resources !== undefined) return resources
  throw new TypeError("resourceMetadata: is not given, want an option such as { resource: 'https://api.example.com' }")
}
