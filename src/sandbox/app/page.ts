import type { Behaviour } from "./behaviour.ts"

/** Shows what answers, and one dot for each answer to a request that it makes again and again. */
export const pageOf = ({ version, color, message }: Behaviour, hostname: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(message)} from ${escaped(version)}</title>
<style>
  body { font: 16px system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-content: center; gap: 1rem;
         text-align: center; color: #fff; background: var(--now, ${escaped(color)}); transition: background .3s }
  h1 { margin: 0; font-size: 3rem }
  #dots { display: flex; flex-wrap: wrap; align-content: start; gap: 4px; width: 26rem; max-width: 90vw; min-height: 6rem }
  i { width: 12px; height: 12px; border-radius: 50%; border: 1px solid #fff }
  i.failed { background: #000; border-color: #f66 }
</style>
<h1 id="message">${escaped(message)}</h1>
<p>version <b id="version">${escaped(version)}</b> on <span id="hostname">${escaped(hostname)}</span></p>
<div id="dots"></div>
<script>
  const by = (id) => document.getElementById(id)
  async function ask() {
    const dot = document.createElement("i")
    try {
      const answer = await fetch("", { headers: { accept: "application/json" }, cache: "no-store" })
      if (!answer.ok) throw new Error(answer.status)
      const seen = await answer.json()
      dot.style.background = seen.color
      dot.title = seen.version
      document.body.style.setProperty("--now", seen.color)
      for (const id of ["message", "version", "hostname"]) by(id).textContent = seen[id]
    } catch (error) {
      dot.className = "failed"
      dot.title = error.message
    }
    by("dots").prepend(dot)
    while (by("dots").children.length > 150) by("dots").lastChild.remove()
    setTimeout(ask, 500)
  }
  ask()
</script>
</html>
`

const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
