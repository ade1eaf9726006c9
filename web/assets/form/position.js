/** Where one stands: `[data-position]` fills the parts of its `[data-position-field]`, which may also be typed. */

const REASONS = { 1: "textDenied", 2: "textUnavailable", 3: "textTimeout" };

/** What the device said, as texts for the parts. */
export function partsOf({ coords, timestamp }) {
  return {
    lat: coords.latitude.toFixed(6), lon: coords.longitude.toFixed(6),
    accuracy: String(Math.round(coords.accuracy)), taken_at: new Date(timestamp).toISOString(),
  };
}

function locate() {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) reject({ code: 2 });
    else navigator.geolocation.getCurrentPosition(resolve, reject, { enableHighAccuracy: true, timeout: 20000, maximumAge: 30000 });
  });
}

/** Bind one button. Its texts: data-text-locating, -done (with {accuracy}), -denied, -unavailable, -timeout. */
export function startPosition(button) {
  const field = button.closest("[data-position-field]");
  const say = (name, values = {}) => {
    const place = field.querySelector("[data-position-state]");
    if (place) place.textContent = (button.dataset[name] ?? "").replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
    place?.classList.toggle("error", Object.values(REASONS).includes(name));
  };
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    button.setAttribute("aria-busy", "true");
    say("textLocating");
    try {
      const parts = partsOf(await locate());
      for (const input of field.querySelectorAll("[data-position-part]")) input.value = parts[input.dataset.positionPart] ?? "";
      field.dispatchEvent(new Event("change", { bubbles: true }));
      say("textDone", parts);
    } catch (error) {
      say(REASONS[error.code] ?? "textUnavailable");
      const manual = field.querySelector("details");
      if (manual) manual.open = true;
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
}
