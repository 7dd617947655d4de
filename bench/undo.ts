import type { Teardown } from '#test/fixtures/oci-bundle.ts'

/** What tests leave to their runner: everything is undone in the opposite order. */
export class Undo implements Teardown {
  readonly #actions: (() => unknown)[] = []

  teardown(action: () => unknown): void {
    this.#actions.push(action)
  }

  async run(): Promise<void> {
    for (const action of this.#actions.reverse()) await action()
  }
}
