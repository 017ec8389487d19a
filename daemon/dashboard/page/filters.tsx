/** What a list shows, kept in the address: a reload and a link show the same. Choices are kept for the next time, too. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { keepFilter } from "./preferences.ts";
import { setFilters, usePlace } from "./router.ts";

export type Options = readonly (readonly [value: string, text: string])[];

interface Filter {
  /** Of the query in the address. */
  name: string;
  label: string;
  options: Options;
  /** What an address without it means; the first option if left out. */
  usual?: string;
}

function useFilter({ name, options, usual = options[0]?.[0] ?? "" }: Filter): {
  value: string;
  choose(value: string): void;
} {
  return {
    value: usePlace().query[name] ?? usual,
    choose(value) {
      const chosen = value === usual ? "" : value;
      keepFilter(location.pathname, name, chosen);
      setFilters({ [name]: chosen });
    },
  };
}

/** A choice of few. */
export function Choice(filter: Filter): VNode {
  const { value, choose } = useFilter(filter);
  return (
    <label class="choice">
      <span>{filter.label}</span>
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {filter.options.map(([option, text]) => (
          <option key={option} value={option}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A choice of two or three views, as buttons beside each other. */
export function Switch(filter: Filter): VNode {
  const { value, choose } = useFilter(filter);
  return (
    <div class="switch" role="group" aria-label={filter.label}>
      {filter.options.map(([option, text]) => (
        <button
          key={option}
          type="button"
          aria-pressed={value === option}
          onClick={() => choose(option)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

const TYPING_MS = 250;

/** Text that filters once typing pauses. */
export function TypedFilter({ name, label }: { name: string; label: string }): VNode {
  const value = usePlace().query[name] ?? "";
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => setFilters({ [name]: text }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <label class="choice grow">
      <span>{label}</span>
      <input
        type="search"
        value={text}
        spellcheck={false}
        data-search
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </label>
  );
}
