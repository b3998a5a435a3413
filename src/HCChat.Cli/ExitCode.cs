namespace HCChat.Cli;

/// <summary>What a script can rely on.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Refused = 3;
    public const int WrongKey = 4;

    /// <summary>Not delivered yet: it is in the outbox, and the next command in that room delivers it.</summary>
    public const int Kept = 5;
}

/// <summary>The command was given in a way that cannot work; the message says what to change.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>A file of ours cannot be understood any more; the message says which, and what follows.</summary>
internal sealed class DamagedException(string message) : Exception(message);

/// <summary>The message is not delivered yet, and kept; the message says why and what follows.</summary>
internal sealed class KeptException(string message) : Exception(message);
