using HCChat.Server.Database;
using HCChat.Tests.Messages;
using Microsoft.Extensions.Logging.Abstractions;

namespace HCChat.Tests.Database;

/// <summary>Work that may take long, on a PostgreSQL server that is slow and on one that is not there.</summary>
public sealed class PatienceTests(PostgresServer postgres)
{
    [Fact]
    public async Task Work_that_takes_long_is_waited_for_while_the_database_answers()
    {
        using var database = SqlDatabase.Postgres(postgres.NewDatabase());
        using var writer = new Writer(database, NullLogger<Writer>.Instance);
        await ReachAsync(writer);
        await writer.RunAsync(batch => batch.Patiently(slow => slow.Query("SELECT pg_sleep(2)", _ => true)));
        Assert.False(writer.IsDown);
    }

    [Fact]
    public async Task It_is_given_up_when_nobody_is_there_any_more()
    {
        var name = postgres.NewDatabase();
        using var database = SqlDatabase.Postgres(name);
        using var writer = new Writer(database, NullLogger<Writer>.Instance);
        await ReachAsync(writer);
        var begun = new TaskCompletionSource();
        var work = writer.RunAsync(batch =>
            batch.Patiently(slow =>
            {
                begun.TrySetResult();
                slow.Query("SELECT pg_sleep(20)", _ => true);
            })
        );
        await begun.Task;
        postgres.Refuse(name);
        await Assert.ThrowsAsync<TimeoutException>(() => work);
        Assert.True(writer.IsDown);
        postgres.Admit(name, everybody: true); // ends the sleep
    }

    /// <summary>Settles when the database has answered for the first time, for which a busy machine takes longer than a writer is patient.</summary>
    private static async Task ReachAsync(Writer writer)
    {
        for (; ; )
            try
            {
                await writer.RunAsync(_ => { });
                return;
            }
            catch (TimeoutException)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
    }
}
