/** The API's own page: Swagger UI on `[data-openapi-url]`, without inline scripts or remote validation. */
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import { csrfToken } from "./page/request.js";

const box = document.querySelector("[data-openapi-url]");

if (box) {
  SwaggerUI({
    domNode: box,
    url: box.dataset.openapiUrl,
    deepLinking: true,
    docExpansion: "list",
    tagsSorter: "alpha",
    validatorUrl: null,
    requestInterceptor: (request) => {
      if (request.method && request.method !== "GET") request.headers["X-CSRFToken"] = csrfToken();
      return request;
    },
  });
}
