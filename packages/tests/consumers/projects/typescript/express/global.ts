import '@acme/auth-express/global'
import type { Request } from 'express'

export const subjectOf = (request: Request): string | null | undefined => request.auth?.subject
// @ts-expect-error a caller, and not a text
export const text = (request: Request): string => request.auth
