"use strict"
{
  // The catalogue's filter. Without this script the whole list is shown and the form stays hidden.
  for (const form of document.querySelectorAll(".zt-filter")) {
    const items = [...document.querySelectorAll(".zt-item")]
    const output = form.querySelector("output")
    const apply = () => {
      const { words, ...fields } = Object.fromEntries(new FormData(form))
      const sought = words.toLowerCase().split(/\s+/).filter(Boolean)
      for (const item of items) {
        const text = item.textContent.toLowerCase()
        item.hidden =
          Object.entries(fields).some(([name, value]) => value && !item.dataset[name].split(" ").includes(value)) ||
          sought.some(word => !text.includes(word))
      }
      const shown = items.filter(item => !item.hidden).length
      output.textContent = `${shown} of ${items.length}`
    }
    form.addEventListener("input", apply)
    form.addEventListener("submit", event => event.preventDefault())
    form.hidden = false
    apply()
  }

  // The theme's script adds toolbars to code blocks without telling a screen reader what they are.
  const label = () => {
    for (const nav of document.querySelectorAll(".md-code__nav:not([aria-label])")) nav.setAttribute("aria-label", "Code")
  }
  new MutationObserver(label).observe(document.body, { childList: true, subtree: true })
  label()

  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true
  })
}
