import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { examples, functions } from "./go.test-examples.ts"
import { render } from "./render.ts"

const program = `package main

import (
	"bytes"
	"encoding/json"
	"os"
	"text/template"
)

func main() {
	var input struct {
		Functions map[string]any
		Templates []string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		panic(err)
	}
	known := template.FuncMap{}
	for name, value := range input.Functions {
		if text, ok := value.(string); ok {
			known[name] = func() string { return text }
			continue
		}
		texts := map[string]string{}
		for key, text := range value.(map[string]any) {
			texts[key] = text.(string)
		}
		known[name] = func() map[string]string { return texts }
	}
	results := []string{}
	for _, text := range input.Templates {
		results = append(results, fill(text, known))
	}
	json.NewEncoder(os.Stdout).Encode(results)
}

func fill(text string, known template.FuncMap) string {
	parsed, err := template.New("tmpl").Funcs(known).Option("missingkey=error").Parse(text)
	if err != nil {
		return "template parsing failed: " + err.Error()
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, nil); err != nil {
		return "template excution failed: " + err.Error()
	}
	return out.String()
}
`

const hasGo = (() => {
  try {
    return Boolean(execFileSync("go", ["version"], { stdio: ["ignore", "pipe", "ignore"] }))
  } catch {
    return false
  }
})()

function filledByGo(templates: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "go-templates-"))
  try {
    writeFileSync(join(folder, "main.go"), program)
    const answer = execFileSync("go", ["run", "main.go"], {
      cwd: folder,
      env: { ...process.env, GO111MODULE: "off", GOTOOLCHAIN: "local" },
      input: JSON.stringify({ Functions: functions, Templates: templates }),
      maxBuffer: 64 << 20,
    })
    return JSON.parse(answer.toString()) as string[]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function filled(template: string): string {
  try {
    return render(template, functions)
  } catch (error) {
    return (error as Error).message
  }
}

it.skipIf(!hasGo)("gives what Go gives, mistakes included (needs the go command)", { timeout: 300_000 }, () => {
  const byGo = filledByGo(examples)
  const results = examples.map((template, index) => ({ template, ours: filled(template), go: byGo[index] }))
  expect(results.filter(({ ours, go }) => ours !== go)).toEqual([])
})
