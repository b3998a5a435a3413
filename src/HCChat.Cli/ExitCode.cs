namespace HCChat.Cli;

/// <summary>What a script can rely on.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Refused = 3;
    public const int WrongKey = 4;
}

/// <summary>The command was given in a way that cannot work; the message says what to change.</summary>
internal sealed class UsageException(string message) : Exception(message);
