/** A cell of a table, and how many columns and rows it covers. */
export interface Cell {
  text: string;
  columns: number;
  rows: number;
}

const MAX_HEADER_ROWS = 3;
const MAX_COLUMNS = 500;

/**
 * Lays cells into columns. A cell over several rows is in each of them, since it is about all; one over several columns is
 * in the first. A header of several rows becomes one: each column has the texts above it.
 */
export function layGrid(rows: readonly (readonly Cell[])[]): string[][] {
  const headerRows = countHeaderRows(rows);
  const grid: string[][] = [];
  // For each column what covers it from above, and for how many rows still.
  const above = new Map<number, { text: string; rows: number }>();
  for (const [index, row] of rows.entries()) {
    const isHeader = index < headerRows;
    const line: string[] = [];
    const fill = (): void => {
      for (let over = above.get(line.length); over; over = above.get(line.length)) {
        const at = line.length;
        line.push(over.text);
        if (over.rows === 1) above.delete(at);
        else over.rows -= 1;
      }
    };
    for (const cell of row) {
      fill();
      for (let column = 0; column < cell.columns && line.length < MAX_COLUMNS; column += 1) {
        const text = column === 0 || (isHeader && headerRows > 1) ? cell.text : "";
        const rowsBelow = Math.min(cell.rows, rows.length - index) - 1;
        if (rowsBelow > 0) above.set(line.length, { text, rows: rowsBelow });
        line.push(text);
      }
    }
    fill();
    grid.push(line);
  }
  return headerRows > 1 ? [joinHeader(grid.slice(0, headerRows)), ...grid.slice(headerRows)] : grid;
}

/** A first row with cells over several columns and cells over several rows has its names in more than one row. */
function countHeaderRows([first = []]: readonly (readonly Cell[])[]): number {
  const isSplit = first.some(({ columns }) => columns > 1) && first.some(({ rows }) => rows > 1);
  return isSplit ? Math.min(Math.max(...first.map(({ rows }) => rows)), MAX_HEADER_ROWS) : 1;
}

function joinHeader(rows: readonly string[][]): string[] {
  const width = Math.max(...rows.map((row) => row.length));
  return Array.from({ length: width }, (_, column) => {
    const texts = rows.map((row) => row[column] ?? "").filter((text) => text !== "");
    return [...new Set(texts)].join(" ");
  });
}
