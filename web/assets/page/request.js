/** One way to talk to the server: same origin, CSRF token, JSON in and out, problem details (RFC 9457) as errors. */

/** The token that the page carries; the server refuses every change without it. */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/** What the server said went wrong: `status`, and its own sentence as `message`. */
export class RequestError extends Error {
  constructor(status, message) {
    super(message);
    this.name = "RequestError";
    this.status = status;
  }
}

/** The sentence in an answer's problem details; empty when there is none. */
export function problemText(body) {
  try {
    const problem = typeof body === "string" ? JSON.parse(body) : body;
    return String(problem?.detail ?? problem?.title ?? "");
  } catch {
    return "";
  }
}

/** Send and read JSON. Throws RequestError for a refusal, TypeError when there is no connection. */
export async function requestJson(url, { method = "GET", body, keepalive = false, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await fetch(url, {
    method, headers, keepalive, signal, credentials: "same-origin",
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new RequestError(response.status, problemText(text));
  return text ? JSON.parse(text) : null;
}

/** Upload one file, with progress (0 to 1). Resolves to the server's JSON. `begun` is given the request, to stop it. */
export function uploadFile(url, file, { field, progress = () => {}, begun = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = () => reject(new TypeError("no connection"));
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText));
      else reject(new RequestError(request.status, problemText(request.responseText)));
    };
    const body = new FormData();
    body.append("file", file, file.name || "file");
    if (field) body.append("field", field);
    request.send(body);
    begun(request);
  });
}
