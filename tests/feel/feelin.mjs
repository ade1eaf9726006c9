// Reads {context, expressions} from stdin and answers with what feelin makes of each, as JSON: its value, or null and why.
import { readFileSync } from "node:fs";
import { evaluate } from "feelin";

function asJson(value) {
  if (value === undefined || typeof value === "function" || typeof value === "symbol") return null;
  if (typeof value === "number" && !Number.isFinite(value)) return null;
  if (Array.isArray(value)) return value.map(asJson);
  if (value === null || typeof value !== "object") return value;
  if (Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, asJson(part)]));
  }
  return { "not JSON": value.constructor.name };
}

function outcome(text, context) {
  try {
    return { value: asJson(evaluate(text, context).value) };
  } catch (error) {
    return { error: error.constructor.name };
  }
}

const { context, expressions } = JSON.parse(readFileSync(0, "utf-8"));
process.stdout.write(JSON.stringify(expressions.map((text) => outcome(text, context))));
