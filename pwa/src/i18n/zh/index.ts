/** The source dictionary. One file per feature, so that several people add words without meeting. */
import { admin } from './admin'
import { app } from './app'
import { common } from './common'
import { dates } from './dates'
import { ending } from './ending'
import { firm } from './firm'
import { inspector } from './inspector'
import { ladder } from './ladder'
import { messages } from './messages'
import { problems } from './problems'
import { procedure } from './procedure'
import { slip } from './slip'
import { supervisor } from './supervisor'
import { powers } from './powers'
import { transfers } from './transfers'

export const zh = {
  admin,
  app,
  common,
  dates,
  ending,
  firm,
  inspector,
  ladder,
  messages,
  problems,
  procedure,
  slip,
  supervisor,
  powers,
  transfers,
}

/** Every language has exactly this shape: the compiler holds the keys and the parameters together. */
export type Dictionary = typeof zh
