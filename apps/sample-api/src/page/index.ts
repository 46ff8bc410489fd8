export { answerFile, contentPolicy, listenOnLoopback, readPage, runPage } from './serve.js'
export type { PageFile, ServedPage } from './serve.js'
export { apisFrom, readPageSettings, wanted } from './settings.js'
export type { Api, PageSettings } from './settings.js'
