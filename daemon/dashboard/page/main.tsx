import { render } from "preact";
import { App } from "./app.tsx";
import { startDrafts } from "./drafts.ts";
import { startKeys } from "./keys.ts";
import { startLive } from "./live.ts";
import { startPreferences } from "./preferences.ts";
import { startRouter } from "./router.ts";
import { startSession } from "./session.ts";
import { startTypedText } from "./typed-text.ts";
import "./style.css";

const root = document.querySelector("#page");
if (root !== null) {
  void startSession();
  startRouter();
  startKeys();
  startDrafts();
  startPreferences();
  startLive();
  startTypedText();
  render(<App />, root);
}
