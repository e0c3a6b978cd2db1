// The ports of one place, whose methods are replaced together.

import type { Injector, Seam } from '../injector.js';
import type { FaultPlace } from '../settings.js';

/** A port whose methods can be replaced. */
export interface ReplaceablePort {
  install(): void;
  uninstall(): void;
  /** The port was closed: its methods are those of before, and what waits is forgotten. Absent: ports of its kind stay. */
  forget?(): void;
  /** See `Seam`. */
  onRules?(): void;
}

/** Replaces the methods of all its ports while there are rules for its place, also of those that come later. */
export class PortSet<P extends ReplaceablePort> implements Seam {
  readonly place: FaultPlace;
  readonly #ports = new Set<P>();
  #isInstalled = false;

  constructor(injector: Injector, place: FaultPlace) {
    this.place = place;
    injector.addSeam(this);
  }

  add(port: P): void {
    this.#ports.add(port);
    if (this.#isInstalled) port.install();
  }

  /** The port is closed. */
  delete(port: P): void {
    if (this.#ports.delete(port)) port.forget?.();
  }

  install(): void {
    this.#isInstalled = true;
    for (const port of this.#ports) port.install();
  }

  uninstall(): void {
    this.#isInstalled = false;
    for (const port of this.#ports) port.uninstall();
  }

  onRules(): void {
    for (const port of this.#ports) port.onRules?.();
  }
}
