/** The part of the report on one case. */

import type { Case, TableView } from "../cases/case.ts";
import type { CaseResult } from "../results.ts";
import { ratio, REFERENCE, sizeFigures, states, stepFigures, wallRatio } from "./figures.ts";
import { megabytes, seconds, table, times } from "./markdown.ts";

export function caseSection(shown: Case, result: CaseResult): string {
  const { data, runs, command, remarks, missing } = result;
  const measured = runs === 1 ? "one run" : `median of ${runs} runs`;
  return [
    `## ${shown.title}`,
    `${data.files} files, ${megabytes(data.apparentBytes)} MB (\`${command}\`, ${measured}).`,
    ...shown.tables.flatMap((view) => viewTables(view, result)),
    ...earlierTables(shown, result.earlier),
    ...(missing.length === 0 ? [] : [`Not installed, so left out: ${missing.join(", ")}.`]),
    ...(remarks.length === 0 ? [] : [remarks.map((remark) => `* ${remark}`).join("\n")]),
  ].join("\n\n");
}

function earlierTables(shown: Case, earlier: CaseResult | undefined): readonly string[] {
  if (earlier === undefined) return [];
  const measured = earlier.runs === 1 ? "one run" : `median of ${earlier.runs} runs`;
  const how = `(\`${earlier.command}\`, ${measured})`;
  const heading = `Others, from an earlier run with ${REFERENCE} ${how}:`;
  return [heading, ...shown.tables.flatMap((view) => viewTables(view, earlier))];
}

function viewTables(view: TableView, result: CaseResult): readonly string[] {
  const main = `**${view.title}**\n\n${mainTable(view, result)}`;
  return view.growth === undefined
    ? [main]
    : [main, `**Repository after each, MB**\n\n${growthTable(view, result)}`];
}

function mainTable(view: TableView, result: CaseResult): string {
  const columns = [...timeColumns(view, result), ...sizeColumns(view, result)];
  const rows = rowNames(view, result).map((tool) => [
    tool,
    ...columns.map((column) => column.cell(tool)),
  ]);
  return table(["tool", ...columns.map((column) => column.head)], rows);
}

interface Column {
  readonly head: string;
  readonly cell: (tool: string) => string;
}

function timeColumns(view: TableView, result: CaseResult): readonly Column[] {
  const { steps, yardstick } = view;
  const figures = (tool: string) => stepFigures(result, tool, steps);
  const timesOf = (tool: string, to: string) => times(wallRatio(result, tool, to, steps));
  return [
    { head: "wall, s", cell: (tool) => seconds(figures(tool)?.wallMs) },
    { head: `to ${REFERENCE}`, cell: (tool) => timesOf(tool, REFERENCE) },
    ...(yardstick === undefined
      ? []
      : [{ head: "to find", cell: (tool: string) => timesOf(tool, yardstick) }]),
    { head: "CPU, s", cell: (tool) => seconds(figures(tool)?.cpuMs) },
    { head: "peak memory, MB", cell: (tool) => megabytes(figures(tool)?.peakBytes) },
  ];
}

/** None for a step that changes no repository. */
function sizeColumns(view: TableView, result: CaseResult): readonly Column[] {
  const lastState = states(result, view.steps).at(-1);
  if (lastState === undefined) return [];
  const figures = (tool: string) => sizeFigures(result, tool, lastState);
  const reference = figures(REFERENCE)?.apparentBytes;
  return [
    { head: "repository, MB", cell: (tool) => megabytes(figures(tool)?.apparentBytes) },
    {
      head: `to ${REFERENCE}`,
      cell: (tool) => times(ratio(figures(tool)?.apparentBytes, reference)),
    },
    { head: "allocated, MB", cell: (tool) => megabytes(figures(tool)?.allocatedBytes) },
  ];
}

function growthTable(view: TableView, result: CaseResult): string {
  const columns = states(result, view.steps);
  const rows = result.tools.map(({ name }) => [
    name,
    ...columns.map((state) => megabytes(sizeFigures(result, name, state)?.apparentBytes)),
  ]);
  return table(["tool", ...columns.map((_, index) => String(index + 1))], rows);
}

function rowNames(view: TableView, result: CaseResult): readonly string[] {
  const tools = result.tools.map((tool) => tool.name);
  return view.yardstick === undefined ? tools : [...tools, view.yardstick];
}
