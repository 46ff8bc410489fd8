import type { ViteUserConfig } from 'vitest/config'

type TestSettings = NonNullable<ViteUserConfig['test']>

export interface PackageSettings extends Pick<TestSettings, 'maxConcurrency' | 'maxWorkers' | 'env' | 'onConsoleLog'> {
  readonly decorators?: boolean
  readonly shared?: boolean
  readonly alone?: string[]
  readonly setupFiles?: string[]
}

export declare function vitestConfig(settings?: PackageSettings): (env: { mode: string }) => ViteUserConfig
export declare function testSettings(mode: string): TestSettings
