import { type XmlElement, xmlAround, xmlDocument, xmlText } from '../core/xml/writer.js';
import type { Model } from '../devices/models.js';
import { callManagerGroup } from './call-managers.js';
import { locales, urls } from './cluster-section.js';
import type { GeneratedFile } from './generated-files.js';
import type { ProvisioningSettings } from './settings.js';

/** Kinds of devices that run a load. */
const LOADED: ReadonlySet<Model['kind']> = new Set(['phone', 'module', 'gateway', 'software']);

/** `XMLDefault.cnf.xml`: the file for phones that the database does not know (`provisioning.md` §4.6). */
export const defaultFile = (settings: ProvisioningSettings, models: Iterable<Model>): GeneratedFile => {
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

/**
 * The element's name ends in the device type id, without leading zeros. A phone whose load is empty keeps what it runs.
 */
const loadInformation = (settings: ProvisioningSettings, models: Iterable<Model>): XmlElement[] =>
  [...models]
    .filter(({ id, kind }) => LOADED.has(kind) || settings.loads.has(id))
    .map(({ id, name }) => [`loadInformation${id}`, { model: name }, settings.loads.get(id) ?? '']);
