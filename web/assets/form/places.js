/** Distances on the ground, as the server reckons them (records/geo.py), so that a form can ask at once. */

const EARTH_RADIUS = 6_371_008.8; // metres, mean

const radians = (degrees) => (degrees * Math.PI) / 180;

function position(value) {
  const latitude = Number.parseFloat(value?.latitude);
  const longitude = Number.parseFloat(value?.longitude);
  return Number.isFinite(latitude) && Number.isFinite(longitude) ? [radians(latitude), radians(longitude)] : null;
}

/** Metres between two positions `{latitude, longitude}`; null when either is incomplete. */
export function distance_m(here, there) {
  const from = position(here);
  const to = position(there);
  if (!from || !to) return null;
  const half = Math.sin((to[0] - from[0]) / 2) ** 2
    + Math.cos(from[0]) * Math.cos(to[0]) * Math.sin((to[1] - from[1]) / 2) ** 2;
  return Math.round(2 * EARTH_RADIUS * Math.asin(Math.sqrt(half)) * 10) / 10;
}
