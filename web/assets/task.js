/** The task page: a form that keeps what is typed, asks only what matters, and takes photos, places and signatures. */
import { behaviour } from "./page/mount.js";
import { startChecklist } from "./form/checklist.js";
import { startChooser } from "./form/chooser.js";
import { startConditions } from "./form/conditions.js";
import { startDraft } from "./form/draft.js";
import { startPosition } from "./form/position.js";
import { startRepeat } from "./form/repeat.js";
import { startSignature } from "./form/signature.js";
import { startUpload, startUploadGuard } from "./form/uploads.js";

behaviour("[data-repeat]", startRepeat);
behaviour("input[type=file][data-upload-url]", startUpload);
behaviour("[data-position]", startPosition);
behaviour("[data-signature]", startSignature);
behaviour("input[data-choose-url]", startChooser);
behaviour("form[data-form]", (form) => {
  startUploadGuard(form);
  startDraft(form);
  startChecklist(form);
  startConditions(form);
});
