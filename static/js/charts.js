// Draws {% chart %} figures. ECharts itself is fetched only when a chart comes into sight. Its tooltips are drawn on
// the canvas (richText), so that the page needs no inline style. Colours in options may be written var(--zf-…).
"use strict";
(() => {
  const source = document.querySelector('meta[name="zf-echarts"]')?.content;
  const texts = document.getElementById("zf-texts")?.dataset ?? {};
  const language = document.documentElement.lang.startsWith("zh") ? "ZH" : "EN";
  let loading = null;

  function library() {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = source;
      script.onload = () => resolve(window.echarts);
      script.onerror = () => {
        loading = null;
        reject(new Error("ECharts could not be loaded"));
      };
      document.head.append(script);
    });
    return loading;
  }

  const styles = () => getComputedStyle(document.documentElement);
  const colour = (name) => styles().getPropertyValue(name).trim();

  function resolve(value) {
    if (typeof value === "string") {
      return value.replace(/var\((--[\w-]+)\)/g, (_match, name) => colour(name) || "#888");
    }
    if (Array.isArray(value)) return value.map(resolve);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item)]));
    }
    return value;
  }

  function theme() {
    const text = colour("--zf-text-2");
    const line = colour("--zf-line");
    const axis = {
      axisLine: { lineStyle: { color: colour("--zf-line-strong") } },
      axisTick: { show: false },
      axisLabel: { color: text, fontSize: 12 },
      nameTextStyle: { color: text, fontSize: 12 },
      splitLine: { lineStyle: { color: line } },
      splitArea: { show: false },
    };
    return {
      color: [1, 2, 3, 4, 5, 6, 7, 8].map((index) => colour(`--zf-chart-${index}`)),
      darkMode: document.documentElement.dataset.bsTheme === "dark",
      backgroundColor: "transparent",
      textStyle: { color: text, fontFamily: styles().getPropertyValue("--zf-font"), fontSize: 12 },
      categoryAxis: { ...axis, splitLine: { show: false } },
      valueAxis: { ...axis, axisLine: { show: false } },
      timeAxis: { ...axis, splitLine: { show: false } },
      logAxis: axis,
      legend: { textStyle: { color: text }, itemWidth: 12, itemHeight: 8, icon: "roundRect", itemGap: 16 },
      line: { symbol: "circle", symbolSize: 5, lineStyle: { width: 2 } },
      bar: { itemStyle: { borderRadius: 2 }, barMaxWidth: 28 },
      pie: { itemStyle: { borderColor: colour("--zf-surface"), borderWidth: 2 }, label: { color: text } },
      radar: { axisName: { color: text }, splitLine: { lineStyle: { color: line } }, splitArea: { show: false }, axisLine: { lineStyle: { color: line } } },
      sankey: { label: { color: colour("--zf-text") }, lineStyle: { color: "gradient", opacity: 0.35 } },
      calendar: {
        itemStyle: { color: colour("--zf-surface-2"), borderColor: colour("--zf-surface"), borderWidth: 2 },
        splitLine: { lineStyle: { color: colour("--zf-line-strong") } },
        dayLabel: { color: text, firstDay: Number(document.documentElement.dataset.weekStart ?? 1) },
        monthLabel: { color: text },
        yearLabel: { show: false },
      },
      visualMap: { textStyle: { color: text }, itemWidth: 12, itemHeight: 80 },
      dataZoom: { textStyle: { color: text }, borderColor: line },
      tooltip: {
        backgroundColor: colour("--zf-surface"),
        borderColor: colour("--zf-line-strong"),
        borderWidth: 1,
        padding: [8, 10],
        textStyle: { color: colour("--zf-text"), fontSize: 12 },
      },
      markLine: { lineStyle: { color: text, type: "dashed" }, label: { color: text } },
    };
  }

  function complete(option, width) {
    const full = resolve(option);
    full.animationDuration = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300;
    for (const each of [full.series].flat()) each.animationDuration = full.animationDuration; // some kinds have their own
    full.aria ??= { enabled: true };
    const kind = [full.series].flat()[0]?.type;
    if (full.tooltip !== false) {
      const byAxis = ["bar", "line"].includes(kind);
      full.tooltip = { trigger: byAxis ? "axis" : "item", ...full.tooltip, renderMode: "richText", confine: true };
    }
    if (["bar", "line", "scatter"].includes(kind)) layOut(full);
    if (kind === "scatter") {
      for (const each of [full.series].flat()) {
        each.labelLayout ??= { moveOverlap: "shiftY" };
        each.label = { color: colour("--zf-text-2"), textBorderColor: colour("--zf-surface"), textBorderWidth: 2, ...each.label };
      }
    }
    if (kind === "pie") {
      for (const each of [full.series].flat()) {
        each.label = { formatter: width < 440 ? "{b}\n{c}" : "{b} {c}", ...each.label };
        each.labelLine = { length: 8, length2: 6, ...each.labelLine };
      }
    }
    if (kind === "radar" && !Array.isArray(full.radar)) {
      full.radar = { radius: "66%", center: ["50%", full.legend ? "46%" : "52%"], ...full.radar };
    }
    if (kind === "heatmap" && full.yAxis) {
      full.yAxis.inverse ??= true; // the first row stands on top, as in its table
      for (const each of [full.series].flat()) {
        each.itemStyle = { borderColor: colour("--zf-surface"), borderWidth: 2, borderRadius: 3, ...each.itemStyle };
      }
    }
    return full;
  }

  // Room for legend and axis names, which would otherwise lie on each other or be cut off.
  function layOut(full) {
    const [x] = [full.xAxis].flat();
    const [y] = [full.yAxis].flat();
    if (x?.type === "category" || x?.data) x.name = ""; // months and names speak for themselves
    else if (x?.name) Object.assign(x, { nameLocation: "middle", nameGap: 26 });
    if (y?.type === "category" || y?.data) y.name = "";
    const top = (full.legend ? 30 : 6) + (y?.name ? 26 : 6);
    full.grid ??= { left: 8, right: 20, top, bottom: x?.name ? 26 : 6, containLabel: true };
    if (full.legend) full.legend = { top: 0, left: 0, type: "scroll", ...full.legend };
  }

  const optionOf = (name) => JSON.parse(document.getElementById(`${name}-data`).textContent);
  const canvasOf = (figure) => document.getElementById(figure.dataset.chart);

  async function draw(figure) {
    const canvas = canvasOf(figure);
    try {
      const echarts = await library();
      echarts.getInstanceByDom(canvas)?.dispose();
      const drawn = echarts.init(canvas, theme(), { renderer: "canvas", locale: language });
      drawn.setOption(complete(optionOf(figure.dataset.chart), canvas.clientWidth));
      drawn.on("click", (event) => {
        const address = event.data?.url;
        if (typeof address === "string" && address.startsWith("/")) window.location.assign(address);
      });
      figure.dataset.drawn = "yes";
      sizes.observe(canvas);
    } catch {
      canvas.textContent = texts.chartFailed ?? "";
      canvas.classList.add("zf-chart-failed");
      figure.querySelector("details")?.setAttribute("open", "");
    }
  }

  const sizes = new ResizeObserver((entries) => {
    for (const entry of entries) window.echarts?.getInstanceByDom(entry.target)?.resize();
  });
  const sight = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        sight.unobserve(entry.target);
        draw(entry.target);
      }
    },
    { rootMargin: "200px" },
  );
  const watch = (root) => root.querySelectorAll("[data-chart]:not([data-drawn])").forEach((figure) => sight.observe(figure));

  function save(blob, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  const titleOf = (name) => document.getElementById(`${name}-title`).textContent.trim().replace(/[\\/:*?"<>|]/g, "");

  function csvCell(text) {
    const number = /^[+−-]?[\d,.]+%?$/.test(text);
    const safe = !number && /^[=+\-@\t]/.test(text) ? `'${text}` : text; // a spreadsheet must not run it
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  }

  function saveCsv(name) {
    const rows = [...document.getElementById(`${name}-table`).rows];
    const lines = rows.map((row) => [...row.cells].map((cell) => csvCell(cell.textContent.trim())).join(","));
    save(new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv" }), `${titleOf(name)}.csv`);
  }

  async function savePng(name) {
    const canvas = document.getElementById(name);
    await draw(canvas.closest("[data-chart]"));
    const drawn = window.echarts?.getInstanceByDom(canvas);
    if (!drawn) return;
    const address = drawn.getDataURL({ pixelRatio: 2, backgroundColor: colour("--zf-surface") });
    const bytes = Uint8Array.from(atob(address.split(",")[1]), (letter) => letter.charCodeAt(0));
    save(new Blob([bytes], { type: "image/png" }), `${titleOf(name)}.png`);
  }

  document.addEventListener("click", (event) => {
    const csv = event.target.closest("[data-chart-csv]");
    const png = event.target.closest("[data-chart-png]");
    if (csv) saveCsv(csv.dataset.chartCsv);
    if (png) savePng(png.dataset.chartPng);
  });
  document.addEventListener("zf:theme", () => document.querySelectorAll("[data-drawn]").forEach(draw));
  document.addEventListener("htmx:load", (event) => watch(event.target));
  // On paper the chart must be there even if nobody scrolled to it.
  window.addEventListener("beforeprint", () => document.querySelectorAll("[data-chart]:not([data-drawn])").forEach(draw));
  watch(document);
})();
