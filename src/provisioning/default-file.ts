// `XMLDefault.cnf.xml`: what a phone is told that the database does not know (`provisioning.md` §4.6).

import { type XmlElement, xmlAround, xmlDocument, xmlText } from '../core/xml/writer.js';
import type { Model } from '../devices/models.js';
import { callManagerGroup } from './call-managers.js';
import { locales, urls } from './cluster-section.js';
import type { MadeFile } from './made-file.js';
import type { ProvisioningSettings } from './settings.js';

/** Device types that run a load. */
const LOADED: ReadonlySet<Model['kind']> = new Set(['phone', 'module', 'gateway', 'software']);

export const defaultFile = (settings: ProvisioningSettings, models: Iterable<Model>): MadeFile => {
  const group = settings.groups.get(settings.defaultGroup);
  const elements: XmlElement[] = [
    ...(group === undefined ? [] : [callManagerGroup(group, true)]),
    ...loadInformation(settings, models),
    ...urls(settings, true),
    ['sshUserId', settings.sshUser],
    ...locales(settings),
  ];
  return { stamp: '', bytes: xmlDocument(xmlAround('Default', {}, [xmlText(elements)])) };
};

/** The number is part of the element's name, without zeros before it. An empty load means: keep what you run. */
const loadInformation = (settings: ProvisioningSettings, models: Iterable<Model>): XmlElement[] =>
  [...models]
    .filter(({ id, kind }) => LOADED.has(kind) || settings.loads.has(id))
    .map(({ id, name }) => [`loadInformation${id}`, { model: name }, settings.loads.get(id) ?? '']);
