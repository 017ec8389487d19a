/** Tells listeners that something happened. It lets a room report to one that is opened after it. */
export interface Signal<T> {
  /** Calls the listeners in the order in which they were added. */
  emit(value: T): void;
  on(listener: (value: T) => void): void;
}

export function createSignal<T>(): Signal<T> {
  const listeners: ((value: T) => void)[] = [];
  return {
    emit(value) {
      for (const listener of listeners) listener(value);
    },
    on: (listener) => void listeners.push(listener),
  };
}
