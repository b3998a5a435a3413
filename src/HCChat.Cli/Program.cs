using HCChat.Server;

namespace HCChat.Cli;

/// <summary>The command <c>hcchat</c>.</summary>
public static class Program
{
    /// <summary>Runs one verb and returns the process's exit code: 0 for success, 1 for a failure, 2 for wrong usage.</summary>
    public static async Task<int> Main(string[] args)
    {
        if (args is ["serve", .. var rest])
        {
            return await ServerHost.RunAsync(rest);
        }
        await Console.Error.WriteLineAsync("usage: hcchat serve|send|listen|room new");
        return 2;
    }
}
