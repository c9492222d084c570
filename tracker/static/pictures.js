// The charts page works without this file; with it a picture opens large, to zoom into and to read.
(() => {
  "use strict";

  const dialog = document.getElementById("zoom");
  if (!dialog || !dialog.showModal) return;
  const charts = JSON.parse(dialog.dataset.charts);
  const place = dialog.querySelector(".zoom-chart");
  const problem = dialog.querySelector(".problem");
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let chart = null;
  let loading = null;

  // Fetched when somebody first asks for it, and once.
  function library() {
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = dialog.dataset.src;
      script.addEventListener("load", () => resolve(window.echarts));
      script.addEventListener("error", () => { loading = null; script.remove(); reject(new Error("not loaded")); });
      document.head.append(script);
    });
    return loading;
  }

  // The page's own colours, light or dark.
  function colours() {
    const style = getComputedStyle(document.documentElement);
    const names = ["ink", "text", "muted", "line", "alarm", "surface"];
    return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  }

  function common(colour, legend) {
    return {
      animation: !still.matches,
      aria: { enabled: true },
      useUTC: true,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour.text },
      grid: { left: 8, right: 40, top: legend ? 72 : 32, bottom: 56, containLabel: true },
      legend: { show: legend, type: "scroll", top: 0, textStyle: { color: colour.text } },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true,
        backgroundColor: colour.surface, borderColor: colour.line, textStyle: { color: colour.text },
      },
    };
  }

  function zoom(colour, more) {
    return [{ type: "inside", ...more }, { type: "slider", bottom: 8, height: 22, textStyle: { color: colour.muted }, ...more }];
  }

  function numbers(colour) {
    return {
      type: "value", minInterval: 1, axisLabel: { color: colour.muted },
      splitLine: { lineStyle: { color: colour.line } },
    };
  }

  // Campus wall time is written down as if it were UTC, so every reader sees the campus's clock.
  function times(colour, until) {
    const words = ({ value }) => new Date(value).toISOString().slice(5, 16).replace("T", " ");
    return {
      type: "time", max: until, axisLabel: { color: colour.muted, hideOverlap: true },
      axisPointer: { label: { formatter: words } },
    };
  }

  function mark([at, label], colour, type, place) {
    return { xAxis: at, lineStyle: { color: colour, type }, label: { formatter: label, color: colour, ...place } };
  }

  const draw = {
    burndown(data, colour) {
      const looks = [[colour.ink, "solid", 3], [colour.muted, "solid", 2], [colour.alarm, "dashed", 2]];
      const marks = data.marks.map((each, index) => mark(each, colour.alarm, "dotted", { position: "end", distance: 4 + 16 * (index % 2) }));
      if (data.now) marks.push(mark(data.now, colour.text, "solid", { position: "insideMiddleTop" }));
      return {
        ...common(colour, true),
        dataZoom: zoom(colour),
        xAxis: times(colour, data.until),
        yAxis: numbers(colour),
        series: data.lines.map(([name, points], index) => ({
          name, data: points, type: "line", step: "end", symbol: "none", itemStyle: { color: looks[index][0] },
          lineStyle: { color: looks[index][0], type: looks[index][1], width: looks[index][2] },
          markLine: index ? undefined : { symbol: "none", data: marks },
        })),
      };
    },
    punctuality(data, colour) {
      const fills = [colour.ink, colour.alarm];
      const option = common(colour, true);
      return {
        ...option,
        aria: { enabled: true, decal: { show: true } },
        grid: { ...option.grid, top: 40, bottom: 16 },
        dataZoom: zoom(colour, { yAxisIndex: 0 }).map((each) => ({ ...each, bottom: undefined, height: undefined, width: each.type === "slider" ? 18 : undefined })),
        xAxis: numbers(colour),
        yAxis: { type: "category", inverse: true, data: data.names, axisLabel: { color: colour.text, width: 120, overflow: "break" } },
        series: data.bars.map(([name, values], index) => ({
          name, data: values, type: "bar", stack: "all", itemStyle: { color: fills[index] },
        })),
      };
    },
    hours(data, colour) {
      const nights = data.nights.map(([begin, end]) => [{ xAxis: begin }, { xAxis: end }]);
      return {
        ...common(colour, false),
        dataZoom: zoom(colour),
        xAxis: { type: "category", data: data.names, axisLabel: { color: colour.muted, hideOverlap: true } },
        yAxis: numbers(colour),
        series: [{
          name: data.name, data: data.values, type: "bar", barMaxWidth: 28, itemStyle: { color: colour.ink },
          markArea: { silent: true, itemStyle: { color: colour.muted, opacity: 0.12 }, data: nights },
        }],
      };
    },
  };

  async function open(button) {
    const name = button.dataset.zoom;
    dialog.querySelector("h2").textContent = button.dataset.name;
    problem.hidden = true;
    dialog.showModal();
    try {
      const echarts = await library();
      if (!dialog.open) return;
      chart?.dispose();
      const locale = document.documentElement.lang.startsWith("zh") ? "ZH" : "EN";
      chart = echarts.init(place, null, { renderer: "canvas", locale });
      chart.setOption(draw[name](charts[name], colours()));
      place.dataset.drawn = name;
    } catch {
      problem.hidden = false;
    }
  }

  dialog.addEventListener("close", () => {
    chart?.dispose();
    chart = null;
    delete place.dataset.drawn;
  });
  window.addEventListener("resize", () => chart?.resize());
  for (const button of document.querySelectorAll("[data-zoom]")) {
    button.hidden = false;
    button.addEventListener("click", () => open(button));
  }
})();
