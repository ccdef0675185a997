// The editor of a rubric: the sum of the weights, counted as one types; 100 is right, anything else says how far it is off.

const count = (rubric) => {
  let sum = 0;
  for (const input of rubric.querySelectorAll("[name$='-weight']")) sum += Number.parseInt(input.value, 10) || 0;
  const says = rubric.querySelector("[data-sum-says]");
  rubric.querySelector("[data-sum]").textContent = sum;
  rubric.querySelector(".rubric-sum").classList.toggle("is-off", sum !== 100);
  says.textContent = sum === 100 ? "" : (sum < 100 ? says.dataset.short : says.dataset.over).replace("{}", Math.abs(100 - sum));
};
for (const rubric of document.querySelectorAll("[data-rubric]")) {
  rubric.addEventListener("input", () => count(rubric));
  count(rubric);
}
