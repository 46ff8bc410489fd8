import type { ViteUserConfig } from 'vitest/config'

export declare function vitestConfig(options?: { decorators?: boolean }): (env: { mode: string }) => ViteUserConfig
export declare function testSettings(mode: string): NonNullable<ViteUserConfig['test']>
