"use strict";
// Native controls on one side, the models that Bokeh keeps in step with the server on the other.
const explorer = (() => {
  const STEPS = 400, PATIENCE = 10000;
  const setting = JSON.parse(document.getElementById("setting").textContent);
  const T = {name: "temperature", low: 0.1, high: 100, start: 1, logarithmic: true};
  const sliders = new Map([...setting.sliders, T].map((slider) => [slider.name, slider]));
  const values = new Map([...sliders].map(([name, slider]) => [name, slider.start]));
  const find = (id) => document.getElementById(id);
  let wish = null, number = 0, asked = 0, waiting = false, timer = null;

  const shown = (value) => String(Number(value.toPrecision(4)));

  function position(slider, value) {
    const {low, high, logarithmic} = slider;
    return STEPS * (logarithmic ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));
  }

  function at(slider, place) {
    const {low, high, logarithmic} = slider, share = place / STEPS;
    if (place <= 0) return low;
    if (place >= STEPS) return high;
    return Number((logarithmic ? low * (high / low) ** share : low + share * (high - low)).toPrecision(6));
  }

  function show(name, but) {
    const slider = sliders.get(name), value = values.get(name), range = find(name), field = find(name + "-number");
    if (but !== range) range.value = position(slider, value);
    if (but !== field) field.value = shown(value);
    field.removeAttribute("aria-invalid");
    range.setAttribute("aria-valuetext", `${shown(value)} ${slider.unit || ""}`.trim());
  }

  function move(name, value, but) {
    values.set(name, value);
    show(name, but);
    number += 1;
    send();
  }

  // One question at a time: while the server works, moves add up to the next one.
  function send() {
    if (wish === null || waiting || asked === number) return;
    waiting = true;
    asked = number;
    find("elasticities").setAttribute("aria-busy", "true");
    const held = Object.fromEntries([...values].filter(([name]) => name !== T.name));
    wish.data = {text: [JSON.stringify({number, values: held, T: values.get(T.name)})]};
    timer = setTimeout(lost, PATIENCE);
  }

  function lost() {
    waiting = false;
    complain("no answer from the server: look at the terminal that glassjax explore runs in, and load this page again");
  }

  function complain(message) {
    const box = find("alert");
    if (box.textContent !== message) box.textContent = message;
    box.hidden = message === "";
  }

  function answer(found) {
    if (found === null) return;
    clearTimeout(timer);
    waiting = false;
    const status = find("status");
    status.dataset.number = found.number;
    if (found.softening !== undefined) {
      const soft = `softening of the lowest ripplon ${found.softening.toFixed(3)}`;
      status.textContent = found.stable ? `${soft}: stable, below 1` : `${soft}: not stable`;
    }
    complain(found.stable ? "" : `No curves here: ${found.message}. The faint curve is the last one.`);
    const rows = document.querySelectorAll("#misfits tbody tr");
    rows.forEach((row, i) => {
      const [now, then] = [row.querySelector(".now"), row.querySelector(".then")];
      if (found.started) then.textContent = found.started[i].toPrecision(3);
      const known = found.stable && found.misfits;
      now.textContent = known ? found.misfits[i].toPrecision(3) : "–";
      now.className = "now";
      if (known && found.misfits[i] < 0.995 * found.started[i]) now.classList.add("better");
      if (known && found.misfits[i] > 1.005 * found.started[i]) now.classList.add("worse");
    });
    link(found.stable);
    if (!found.stable) slopes({number: asked, rows: null});
    send();
  }

  function link(stable) {
    const query = new URLSearchParams();
    if (setting.glass) query.set("glass", setting.glass);
    for (const [name, value] of values) if (name !== T.name) query.set(name, String(value));
    for (const anchor of document.querySelectorAll("a[data-file]")) {
      if (stable) {
        anchor.href = `${anchor.dataset.file}?${query}`;
        anchor.setAttribute("download", "");
        anchor.removeAttribute("aria-disabled");
      } else {
        anchor.removeAttribute("href");
        anchor.setAttribute("aria-disabled", "true");
      }
    }
  }

  function slopes(found) {
    if (found === null || found.number !== asked) return;
    const table = find("elasticities");
    table.setAttribute("aria-busy", "false");
    table.dataset.number = found.number;
    for (const row of table.tBodies[0].rows) {
      const entry = found.rows && found.rows.find((other) => other.name === row.dataset.name);
      const numbers = entry ? [entry.kappa, entry.heat_capacity, entry.expansion * 1e9] : [null, null, null];
      numbers.forEach((value, i) => fill(row.cells[i + 1], value, i < 2, entry && !entry.logarithmic));
    }
  }

  function fill(cell, value, relative, unit) {
    if (value === null) {
      cell.textContent = "–";
      cell.removeAttribute("style");
      return;
    }
    const text = Math.abs(value) < 0.0005 ? "0" : relative ? value.toFixed(3) : Number(value.toPrecision(3)).toString();
    cell.textContent = text.replace("-", "−") + (unit ? " †" : "");
    const share = relative ? Math.min(100, 50 * Math.abs(value)) : 0;
    cell.style.setProperty("--share", `${share}%`);
    cell.style.setProperty("--tint", value < 0 ? "#f6cfae" : "#bcdcf0");
  }

  function listen(slider) {
    const range = find(slider.name), field = find(slider.name + "-number");
    range.addEventListener("input", () => move(slider.name, at(slider, Number(range.value)), range));
    field.addEventListener("change", () => {
      const value = Number(field.value.trim().replace(",", "."));
      if (field.value.trim() !== "" && value >= slider.low && value <= slider.high) {
        move(slider.name, value, null);
      } else {
        field.setAttribute("aria-invalid", "true");
        complain(`${slider.name} must be a number from ${shown(slider.low)} to ${shown(slider.high)}`);
      }
    });
    show(slider.name, null);
  }

  for (const slider of sliders.values()) listen(slider);
  find("reset").addEventListener("click", () => {
    for (const [name, slider] of sliders) {
      if (name === T.name) continue;
      values.set(name, slider.start);
      show(name, null);
    }
    number += 1;
    send();
  });
  if (find("glass")) {
    find("glass").addEventListener("change", (event) => {
      location.search = new URLSearchParams({glass: event.target.value}).toString();
    });
  }

  return {
    answer,
    slopes,
    begin(model, first) {
      wish = model;
      answer(JSON.parse(first.data.text[0]));
    },
  };
})();
