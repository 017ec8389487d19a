import type { TargetedKeyboardEvent, VNode } from "preact";
import { useRef, useState } from "preact/hooks";

/** A date field. It takes a picked date at once, and a typed one when you finish: each digit of a year makes a valid date. */
export function DateInput({
  label,
  value,
  take,
}: {
  label: string;
  /** `YYYY-MM-DD`; null: no date. */
  value: string | null;
  take(date: string | null): void;
}): VNode {
  const [typed, setTyped] = useState<string>();
  const isTyping = useRef(false);
  const end = (input: HTMLInputElement): void => {
    isTyping.current = false;
    setTyped(undefined);
    if (input.validity.badInput) input.value = value ?? "";
    else if (input.value !== (value ?? "")) take(input.value || null);
  };
  return (
    <input
      type="date"
      aria-label={label}
      value={typed ?? value ?? ""}
      onKeyDown={(event: TargetedKeyboardEvent<HTMLInputElement>) => {
        if (event.key === "Enter") end(event.currentTarget);
        else if (event.key !== "Tab") isTyping.current = true;
      }}
      onInput={(event) => {
        setTyped(event.currentTarget.value);
        if (!isTyping.current) end(event.currentTarget);
      }}
      onBlur={(event) => end(event.currentTarget)}
    />
  );
}
