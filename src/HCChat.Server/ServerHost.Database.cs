using HCChat.Server.Database;
using HCChat.Server.Hosting;
using HCChat.Server.Messages;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Server;

public static partial class ServerHost
{
    /// <summary><c>hcchat migrate</c>: brings the database to this program's schema.</summary>
    /// <param name="args">The same settings as for <c>serve</c>.</param>
    /// <returns>The exit code: 0, or 1 after a sentence on standard error.</returns>
    public static Task<int> MigrateAsync(string[] args) =>
        OnDatabaseAsync(
            args,
            database =>
                Schema.Migrate(database) is var before && before == Schema.Current
                    ? Say($"The database has version {before} already.", $"数据库已是版本 {before}。")
                    : Say(
                        $"The database was brought from version {before} to {Schema.Current}.",
                        $"数据库已从版本 {before} 升级到 {Schema.Current}。"
                    )
        );

    /// <summary><c>hcchat restored</c>: after a backup was put back, what came later is unknown, so no room's numbers may go on.</summary>
    /// <inheritdoc cref="MigrateAsync"/>
    public static Task<int> RestoredAsync(string[] args) =>
        OnDatabaseAsync(
            args,
            database =>
            {
                Schema.Ensure(database);
                var rooms = Pages.BeginAnew(database);
                return Say($"{rooms} rooms will begin new numbers.", $"{rooms} 个房间将重新开始编号。");
            }
        );

    private static async Task<int> OnDatabaseAsync(string[] args, Func<SqlDatabase, string> act)
    {
        if (IsHelp(args))
        {
            await Console.Out.WriteLineAsync(Settings.Help());
            return 0;
        }
        try
        {
            var (options, _) = Settings.Load(args);
            using var data = options.Database.Postgres.Length > 0 ? null : DataFolder.Open(options.Data);
            if (data is not null && !File.Exists(Path.Combine(data.Path, SqliteFile)))
            {
                throw new StartException(
                    Say(
                        $"There is no database in '{data.Path}'; a PostgreSQL server is named by Database:Postgres.",
                        $"“{data.Path}”里没有数据库；PostgreSQL 服务器用 Database:Postgres 指定。"
                    )
                );
            }
            using var database = OpenDatabase(options.Database, data?.Path ?? "");
            await Console.Out.WriteLineAsync(act(database));
            return 0;
        }
        catch (StartException e)
        {
            await Console.Error.WriteLineAsync($"hcchat: {e.Message}");
            return 1;
        }
    }
}
