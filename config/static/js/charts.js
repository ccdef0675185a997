// Charts of reviews, contracts and the region: drawn from the page's JSON, in its theme, anew when the theme changes.
// Colours go by lightness alone in one hue, and a mark beside the colour says what matters, so that nobody needs to tell hues apart.

const data = document.getElementById("charts");
const boxes = [...document.querySelectorAll("[data-chart]")];
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

// Whether today lies in the first half of what a burn chart shows.
const isEarly = (chart) => {
  const days = [chart.today, ...[...chart.planned, ...chart.paid].map(([day]) => day)].map((day) => Date.parse(day));
  const [today] = days;
  return today - Math.min(...days) < Math.max(...days) - today;
};

const draw = () => {
  const all = JSON.parse(data.textContent);
  const css = getComputedStyle(document.documentElement);
  const dark = document.documentElement.dataset.bsTheme === "dark";
  const ink = dark ? "#e6e8ec" : "#22262e";
  const rule = dark ? "#4a505c" : "#d5d9e0";
  const plain = dark ? "#7fa8dd" : "#2f64a8";
  const strong = dark ? "#f2b84b" : "#a85a00";
  const ramp = dark ? ["#16263d", "#2b5187", "#7fa8dd", "#dbe8fa"] : ["#eef4fc", "#a9c7ec", "#4f86c6", "#123e74"];
  const text = { color: ink, fontFamily: css.getPropertyValue("--tblr-font-sans-serif") || "sans-serif", fontSize: 13 };
  const axis = { axisLabel: { ...text, hideOverlap: true }, axisLine: { lineStyle: { color: rule } }, splitLine: { lineStyle: { color: rule } }, nameTextStyle: text };
  const category = (names, name) => ({ type: "category", data: names, ...axis, axisTick: { show: false }, splitLine: { show: false }, name, nameLocation: "middle", nameGap: 30 });
  const value = (name) => ({ type: "value", ...axis, name, nameTextStyle: { ...text, align: "left" } });
  const base = { animation: !still, textStyle: text, grid: { left: 8, right: 24, top: 34, bottom: 12, containLabel: true } };

  const options = {
    heat: (chart) => {
      const totals = chart.cells.map((cell) => cell[2]);
      const [low, high] = [Math.min(...totals), Math.max(...totals)];
      const pale = (n) => high === low || (n - low) / (high - low) < 0.5;
      return {
        ...base,
        grid: { ...base.grid, top: 8, bottom: high > low ? 56 : 12 },
        xAxis: { ...category(chart.columns), position: "bottom" },
        yAxis: { ...category(chart.rows), inverse: true },
        visualMap: { show: high > low, itemHeight: 90, min: low, max: high === low ? low + 1 : high, calculable: false, orient: "horizontal", left: "center", bottom: 0, text: [`${high} ${chart.unit}`, `${low} ${chart.unit}`], textStyle: text, inRange: { color: ramp } },
        series: [{
          type: "heatmap",
          itemStyle: { borderColor: rule, borderWidth: 1 },
          data: chart.cells.map((cell) => ({ value: cell, label: { color: pale(cell[2]) !== dark ? "#10161f" : "#ffffff" } })),
          label: { show: chart.columns.length <= 14, formatter: ({ value: cell }) => (Math.round(cell[2] * 10) / 10).toFixed(1) },
        }],
      };
    },
    bars: (chart) => ({
      ...base,
      grid: { ...base.grid, bottom: chart.below ? 34 : 12 },
      xAxis: category(chart.names, chart.below),
      yAxis: { ...value(chart.axis), minInterval: 1 },
      series: [{
        type: "bar",
        barMaxWidth: 44,
        data: chart.values.map((n, i) => ({ value: n, itemStyle: chart.marked?.[i] ? { color: strong, decal: { symbol: "rect", color: dark ? "#20242c" : "#ffffff", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: 0.8 } } : { color: plain } })),
        label: { show: chart.values.length <= 20, position: "top", ...text },
        markLine: chart.limit === undefined ? undefined : { symbol: "none", silent: true, data: [{ yAxis: chart.limit }], lineStyle: { color: strong, width: 2, type: "dashed" }, label: { ...text, position: "insideEndTop", formatter: `${chart.limitName} ${chart.limit}` } },
      }],
    }),
    timeline: (chart) => {
      const span = (offset, height) => (params, api) => {
        const [from, y] = api.coord([api.value(0), api.value(2)]);
        const [to] = api.coord([api.value(1), api.value(2)]);
        const band = api.size([0, 1])[1];
        return { type: "rect", shape: { x: from, y: y + band * offset, width: Math.max(to - from, 3), height: band * height }, style: api.style() };
      };
      const rows = chart.rows.map((row, i) => ({ ...row, i }));
      const real = rows.filter((row) => row.real);
      return {
        ...base,
        grid: { ...base.grid, top: 52 },
        legend: { top: 0, textStyle: text, data: [chart.words.plan, chart.words.real, chart.words.paid] },
        xAxis: { type: "time", ...axis, splitLine: { show: true, lineStyle: { color: rule } } },
        yAxis: { ...category(rows.map((row) => row.name)), inverse: true },
        series: [
          {
            type: "custom", name: chart.words.plan, itemStyle: { color: rule }, renderItem: span(-0.38, 0.34), encode: { x: [0, 1], y: 2 },
            data: rows.map((row) => [...row.plan, row.i]),
            markLine: {
              symbol: "none", silent: true, lineStyle: { color: strong, width: 2, type: "dashed" },
              data: [
                { xAxis: chart.today, label: { ...text, position: "start", formatter: chart.words.today } },
                ...(chart.midterm ? [{ xAxis: chart.midterm, lineStyle: { color: ink, width: 1, type: "dotted" }, label: { ...text, position: "start", formatter: chart.words.midterm } }] : []),
              ],
            },
          },
          { type: "custom", name: chart.words.real, itemStyle: { color: plain }, renderItem: span(0.04, 0.34), encode: { x: [0, 1], y: 2 }, data: real.map((row) => ({ value: [...row.real, row.i], itemStyle: row.late ? { color: strong } : undefined })) },
          { type: "scatter", name: chart.words.paid, symbol: "diamond", symbolSize: 15, itemStyle: { color: ink }, data: rows.filter((row) => row.paid).map((row) => [row.paid, row.name]) },
        ],
      };
    },
    // The word for today stands beside its line, on the side where the plot has room.
    burn: (chart) => ({
      ...base,
      grid: { ...base.grid, top: 56 },
      legend: { top: 0, textStyle: text },
      xAxis: { type: "time", ...axis, min: chart.from },
      yAxis: value(chart.axis),
      series: [
        { type: "line", step: "end", name: chart.words.planned, data: chart.planned, showSymbol: false, color: ink, lineStyle: { type: "dashed", width: 2 } },
        {
          type: "line", step: "end", name: chart.words.paid, data: chart.paid, showSymbol: false, color: plain, lineStyle: { width: 3 }, areaStyle: { opacity: 0.15 },
          markLine: { symbol: "none", silent: true, data: [{ xAxis: chart.today }], lineStyle: { color: strong, width: 2, type: "dashed" }, label: { ...text, position: isEarly(chart) ? "insideMiddleBottom" : "insideMiddleTop", formatter: chart.words.today } },
        },
      ],
    }),
    deviation: (chart) => ({
      ...base,
      grid: { ...base.grid, bottom: 34 },
      xAxis: { ...value(chart.axis), boundaryGap: ["20%", "20%"], nameLocation: "middle", nameGap: 30, nameTextStyle: text },
      yAxis: { ...category(chart.names), inverse: true, axisLine: { show: false } },
      series: [{ type: "bar", barMaxWidth: 22, itemStyle: { color: plain }, data: chart.values.map((n) => ({ value: n, label: { position: n < 0 ? "left" : "right" } })), label: { show: true, ...text, formatter: ({ value: n }) => (n > 0 ? `+${n}` : `${n}`) } }],
    }),
    // Across, one bar a step: how many came this far, and which part of the first step that is.
    steps: (chart) => ({
      ...base,
      grid: { ...base.grid, right: 96, top: 8 },
      xAxis: { type: "value", show: false, max: "dataMax" },
      yAxis: { ...category(chart.names), inverse: true, axisLine: { show: false } },
      series: [{ type: "bar", barMaxWidth: 28, showBackground: true, backgroundStyle: { color: dark ? "#252b36" : "#f1f3f6" }, itemStyle: { color: plain }, data: chart.values, label: { show: true, position: "right", ...text, formatter: ({ dataIndex }) => chart.labels[dataIndex] } }],
    }),
    // Several values side by side for each name, told apart by lightness and hatching.
    groups: (chart, box) => {
      const looks = [{ color: plain }, { color: strong, decal: { symbol: "rect", color: dark ? "#20242c" : "#ffffff", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: 0.8 } }, { color: dark ? "#dbe8fa" : "#123e74" }];
      const names = { ...category(chart.names), axisLine: chart.across ? { show: false } : axis.axisLine, inverse: Boolean(chart.across) };
      const counts = { ...value(chart.axis), minInterval: 1, max: chart.goal === undefined ? null : ({ max }) => Math.ceil(Math.max(max, chart.goal * 1.2) / 20) * 20, ...(chart.across ? { nameLocation: "middle", nameGap: 30, nameTextStyle: text } : {}) };
      return {
        ...base,
        grid: { ...base.grid, top: chart.goal !== undefined ? 60 : chart.across ? 40 : 68, bottom: chart.across ? 34 : 12 },
        legend: { top: 0, left: 0, textStyle: text, itemGap: 16, selectedMode: false, ...(box.clientWidth < 360 ? { itemWidth: 14, itemGap: 8, padding: [5, 0], textStyle: { ...text, fontSize: 12 } } : {}) },
        xAxis: chart.across ? counts : names,
        yAxis: chart.across ? names : counts,
        series: chart.series.map((one, i) => ({ name: one.name, type: "bar", barMaxWidth: 22, itemStyle: looks[i % looks.length], data: one.values, markLine: i === 0 && chart.goal !== undefined ? { symbol: "none", silent: true, data: [{ xAxis: chart.goal }], lineStyle: { color: ink, width: 1, type: "dashed" }, label: { ...text, position: "start", formatter: chart.goalName } } : undefined })),
      };
    },
  };

  for (const box of boxes) {
    const chart = all[box.dataset.chart];
    if (!chart) continue;
    const plot = window.echarts.getInstanceByDom(box) || window.echarts.init(box, null, { renderer: "canvas" });
    plot.setOption(options[chart.kind](chart, box), true);
  }
};

if (data && window.echarts) {
  draw();
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  const sized = new ResizeObserver((seen) => seen.forEach(({ target }) => window.echarts.getInstanceByDom(target)?.resize()));
  boxes.forEach((box) => sized.observe(box));
}
