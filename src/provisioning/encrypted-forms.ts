// Configurations that are encrypted for their phones (`docs/protocols/secure.md` §4.2): each exists as a signed stub and as the encrypted
// file, and not in clear.

import { type FileAnswer, type FileFound, type FileMissing, memoryContent } from '../core/files.js';
import type { ConfiguredDevice } from '../devices/device.js';
import { wantsEncryptedConfig } from '../devices/device-security.js';
import { loadOf } from './device-files.js';
import { encryptedStub } from './encrypted-stub.js';
import type { FileWithheld } from './events.js';
import { type DeviceEnrolment, NOT_ENROLLED } from './file-security.js';
import type { CachedFile, EnrolmentOf } from './generated-files.js';
import type { ProvisioningSettings } from './settings.js';
import type { ConfigurationEncryption, EncryptedFiles, TrustFiles } from './trust-files.js';

/** What the forms are made with. */
export interface EncryptedFormsDependencies {
  readonly files: EncryptedFiles;
  readonly sign: TrustFiles['sign'];
  readonly settings: () => ProvisioningSettings;
  /** What a device has from CAPF. Absent: nothing. */
  readonly enrolmentOf: EnrolmentOf | undefined;
  /** The plain file of a device. Throws if a value of the device cannot be written. */
  readonly fileOf: (device: ConfiguredDevice) => CachedFile;
}

/** Which form of a configuration is asked for. */
export interface EncryptedRequest {
  /** As the phone asks for it. */
  readonly name: string;
  readonly device: ConfiguredDevice;
  readonly form: 'plain' | 'signed' | 'encrypted';
  /** Called if the phone does not get its configuration. */
  readonly onWithheld: (why: FileWithheld['why']) => void;
}

/** The forms of encrypted configurations. */
export class EncryptedForms {
  readonly #dependencies: EncryptedFormsDependencies;

  constructor(dependencies: EncryptedFormsDependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * What the file of a device says of CAPF: its phone compares `certHash` with its own certificate. `undefined`: its configuration is not
   * encrypted.
   */
  enrolmentOf(device: ConfiguredDevice): DeviceEnrolment | undefined {
    const { files } = this.#dependencies;
    return this.#isWanted(device) ? this.#enrolment(device, files.encryptionOf(device)) : undefined;
  }

  /** `undefined`: its configuration is not encrypted. Throws if it cannot be made. */
  open({ name, device, form, onWithheld }: EncryptedRequest): FileAnswer | undefined {
    const { files, sign, settings, fileOf } = this.#dependencies;
    if (!this.#isWanted(device)) return undefined;
    const encryption = files.encryptionOf(device);
    if (form === 'plain') {
      onWithheld('asked-in-clear');
      return missing(name, device);
    }
    if (encryption.state !== 'ready') onWithheld(encryption.state);
    const found = (bytes: Buffer): FileFound => ({ found: true, content: memoryContent(bytes), device: device.name });
    if (form === 'signed') {
      const { security } = settings();
      const load = loadOf(device, settings());
      return found(sign(name, encryptedStub({ load, security, enrolment: this.#enrolment(device, encryption) })));
    }
    if (encryption.state !== 'ready') return missing(name, device);
    const { answer, stamp } = fileOf(device);
    // A generated file is in memory.
    const plain = answer.content.read(0, answer.content.size) as Buffer;
    return { ...found(files.encrypt(name, device, plain)), stamp };
  }

  #isWanted(device: ConfiguredDevice): boolean {
    const { files, settings } = this.#dependencies;
    return wantsEncryptedConfig(device, { models: settings().encryptedModels, isNamed: files.isNamed(device) });
  }

  #enrolment(device: ConfiguredDevice, encryption: ConfigurationEncryption): DeviceEnrolment {
    const { authMode } = this.#dependencies.enrolmentOf?.(device.name) ?? NOT_ENROLLED;
    return { authMode, certHash: encryption.state === 'ready' ? encryption.certificateHash : '', isEncrypted: true };
  }
}

const missing = (file: string, { name }: ConfiguredDevice): FileMissing => ({
  ...{ found: false, file, harmless: false },
  device: name,
});
