using Qwem.Reports;
using Spectre.Console;
using Table = Spectre.Console.Table;

namespace Qwem.Cli;

/// <summary>Tables of plain text on standard output.</summary>
internal static class Tabular
{
    /// <summary>An empty table; ids of gates are not broken.</summary>
    public static Table Columns(params string[] headings)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string heading in headings) table.AddColumn(new TableColumn(heading) { NoWrap = heading.Contains("gate") });
        return table;
    }

    /// <summary>Adds a row of plain texts.</summary>
    public static void AddRow(Table table, params string[] cells) => table.AddRow([.. cells.Select(Markup.Escape)]);

    /// <summary>Prints a table.</summary>
    public static void Write(Table table)
    {
        IAnsiConsole console = AnsiConsole.Console;
        // A log has no width: wide enough that no row is broken.
        if (Console.IsOutputRedirected) console.Profile.Width = 1000;
        console.Write(table);
    }

    /// <summary>The finest resolution of a slip and the gate that has it; dashes where there is none.</summary>
    public static (string Size, string Gate) Finest(SlipMatrix.Row row) =>
        row.Finest is { Value: (Verdict verdict, double size) } ? (Numbers.shorter(size), verdict.Id) : ("–", "–");
}
