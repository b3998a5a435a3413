using System.Text;
using Microsoft.Win32.SafeHandles;

namespace HCChat.Cli;

/// <summary>The process's surroundings as the verbs use them; tests give their own.</summary>
internal sealed record Terminal(
    TextReader Input,
    TextWriter Output,
    TextWriter Error,
    Func<string, string?> Variable,
    bool Interactive
)
{
    /// <summary>Standard input as bytes.</summary>
    public Func<Stream> OpenInput { get; init; } = System.Console.OpenStandardInput;

    /// <summary>Standard output as bytes.</summary>
    public Func<Stream> OpenOutput { get; init; } = StandardOutput;

    // The console's own stream takes it for success when nobody reads any more.
    private static Stream StandardOutput() =>
        OperatingSystem.IsWindows()
            ? System.Console.OpenStandardOutput()
            : new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);

    /// <summary>Somebody looks at standard error, so that a line may tell how far something is.</summary>
    public bool ShowsProgress { get; init; }

    /// <summary>This process's own.</summary>
    public static Terminal Console { get; } =
        new(
            System.Console.In,
            System.Console.Out,
            System.Console.Error,
            System.Environment.GetEnvironmentVariable,
            !System.Console.IsInputRedirected
        )
        {
            ShowsProgress = !System.Console.IsErrorRedirected,
        };

    /// <summary>An environment variable; null when it is unset or empty.</summary>
    public string? Environment(string name) => Variable(name) is { Length: > 0 } value ? value : null;

    /// <summary>Asks for a secret without showing it; null when nobody is there to answer.</summary>
    public string? Ask(string question)
    {
        if (!Interactive)
        {
            return null;
        }
        Error.Write(question);
        var answer = new StringBuilder();
        while (System.Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                answer.Length = Math.Max(0, answer.Length - 1);
            }
            else if (key.KeyChar != '\0')
            {
                answer.Append(key.KeyChar);
            }
        }
        Error.WriteLine();
        return answer.ToString();
    }
}
