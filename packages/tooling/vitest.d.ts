import type { ViteUserConfig } from 'vitest/config'

export declare function vitestConfig(options?: { decorators?: boolean }): ViteUserConfig
