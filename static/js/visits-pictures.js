// Photos and the signature of a visit: made small on the phone, kept there with the half-typed visit, sent with it.
//   [data-photos]      takes photos, several at once
//   [data-signature]   a canvas to sign on with a finger
//   window.zoufangPictures.of(form)   a promise of what was taken: [{kind, blob, taken_at, longitude, latitude}]
"use strict";
(() => {
  const LONGEST = 1600; // pixels, as on the server
  const MOST = 9;
  const taken = new WeakMap();
  const busy = new WeakMap(); // what is still being loaded or made small: a form that is sent waits for it

  window.zoufangPictures = {
    async of(form) {
      await busy.get(form);
      return taken.get(form) ?? [];
    },
  };
  if (!window.zoufangVisits) return;

  // A picture made small on the phone: 30 MB off the camera become some 300 kB, without what the camera wrote into it.
  async function shrink(file) {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return toBlob(canvas);
  }

  function toBlob(canvas) {
    return new Promise((resolve, reject) =>
      canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", 0.8),
    );
  }

  // The visit's own id names its pictures on the device; a reload finds them again.
  function keep(form) {
    return window.zoufangVisits.drafts.save(form.elements.client_uuid.value, taken.get(form)).catch(() => {
      // no room on the device: they still go out with the visit if the page stays open
    });
  }

  function during(form, work) {
    busy.set(form, Promise.all([busy.get(form), work.catch(() => {})]));
  }

  function place(form) {
    const { longitude, latitude } = form.elements;
    return longitude?.value ? { longitude: longitude.value, latitude: latitude.value } : {};
  }

  // --- Photos -----------------------------------------------------------------------------------------------------

  function takePhotos(form, box) {
    const list = box.querySelector("[data-photo-list]");
    const input = box.querySelector("[data-photo-input]");
    const mine = () => taken.get(form);
    box.hidden = false;

    // Only the cross takes a picture away: a thumb that scrolls over it must not.
    function show(entry) {
      const frame = document.createElement("span");
      const picture = document.createElement("img");
      picture.src = URL.createObjectURL(entry.blob);
      picture.alt = "";
      const cross = document.createElement("button");
      cross.type = "button";
      cross.textContent = "×";
      cross.ariaLabel = cross.title = box.dataset.remove;
      cross.addEventListener("click", () => {
        mine().splice(mine().indexOf(entry), 1);
        URL.revokeObjectURL(picture.src);
        frame.remove();
        keep(form);
      });
      frame.append(picture, cross);
      list.append(frame);
    }

    mine().filter((entry) => entry.kind === "photo").forEach(show);
    async function add(files) {
      for (const file of files) {
        if (mine().filter((entry) => entry.kind === "photo").length >= MOST) {
          window.zoufang.toast(box.dataset.most, "warning");
          return;
        }
        try {
          const blob = await shrink(file);
          const entry = { kind: "photo", blob, taken_at: new Date(file.lastModified).toISOString(), ...place(form) };
          mine().push(entry);
          show(entry);
          await keep(form);
        } catch {
          window.zoufang.toast(box.dataset.failed, "danger");
        }
      }
    }

    input.addEventListener("change", () => {
      const files = [...input.files];
      input.value = "";
      during(form, add(files));
    });
  }

  // --- Signature --------------------------------------------------------------------------------------------------

  function sign(form, box) {
    const canvas = box.querySelector("canvas");
    const pen = canvas.getContext("2d");
    const mine = () => taken.get(form);
    let drawing = false;

    function clean() {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.lineWidth = 4;
      pen.lineCap = pen.lineJoin = "round";
      pen.strokeStyle = "#111";
    }

    function point(event) {
      const frame = canvas.getBoundingClientRect();
      return [((event.clientX - frame.left) * canvas.width) / frame.width, ((event.clientY - frame.top) * canvas.height) / frame.height];
    }

    function forget() {
      const at = mine().findIndex((entry) => entry.kind === "signature");
      if (at >= 0) mine().splice(at, 1);
    }

    box.hidden = false;
    clean();
    const before = mine().find((entry) => entry.kind === "signature");
    if (before) {
      box.open = true;
      createImageBitmap(before.blob).then((picture) => pen.drawImage(picture, 0, 0, canvas.width, canvas.height));
    }
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      drawing = true;
      pen.beginPath();
      pen.moveTo(...point(event));
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!drawing) return;
      pen.lineTo(...point(event));
      pen.stroke();
    });
    async function add() {
      const blob = await toBlob(canvas);
      forget();
      mine().push({ kind: "signature", blob, taken_at: new Date().toISOString(), ...place(form) });
      await keep(form);
    }
    const lift = () => {
      if (drawing) during(form, add());
      drawing = false;
    };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    box.querySelector("[data-clear]").addEventListener("click", () => {
      clean();
      forget();
      keep(form);
    });
  }

  // visits.js, which runs before this, has put the visit's id into the form.
  for (const form of document.querySelectorAll("[data-visit-form]")) {
    taken.set(form, []);
    const restored = window.zoufangVisits.drafts
      .load(form.elements.client_uuid.value)
      .catch(() => [])
      .then((kept) => {
        taken.get(form).push(...kept);
        form.querySelectorAll("[data-photos]").forEach((box) => takePhotos(form, box));
        form.querySelectorAll("[data-signature]").forEach((box) => sign(form, box));
      });
    during(form, restored);
  }
})();
