using System.Data.Common;
using System.Globalization;
using System.Reflection;
using HCChat.Server.Hosting;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Server.Database;

/// <summary>The schema's version, and the way from an older one to this program's: <c>Migrations/NNNN-name.sql</c>, each in a transaction of its own.</summary>
internal static class Schema
{
    private sealed record Migration(long Version, string Resource);

    private static readonly Migration[] s_migrations =
    [
        .. typeof(Schema)
            .Assembly.GetManifestResourceNames()
            .Where(n => n.EndsWith(".sql", StringComparison.Ordinal))
            .Select(n => new Migration(long.Parse(n[..4], CultureInfo.InvariantCulture), n))
            .OrderBy(m => m.Version),
    ];

    /// <summary>The version that this program works on.</summary>
    public static long Current => s_migrations[^1].Version;

    /// <summary>Checks the schema at the start. A SQLite file is brought up to date; a PostgreSQL database waits for <c>hcchat migrate</c>.</summary>
    /// <exception cref="StartException">The database cannot be used as it is.</exception>
    public static void Ensure(SqlDatabase database) => Run(database, migrate: !database.IsPostgres);

    /// <summary>Brings the schema up to date.</summary>
    /// <returns>The version that it had.</returns>
    /// <exception cref="StartException">The database cannot be used.</exception>
    public static long Migrate(SqlDatabase database) => Run(database, migrate: true);

    private static long Run(SqlDatabase database, bool migrate)
    {
        try
        {
            using var connection = database.Connect();
            database.PrepareWriter(connection);
            var version = VersionOf(connection, database.IsPostgres);
            if (version > Current)
            {
                throw new StartException(
                    Say(
                        $"The database has version {version}, this hcchat knows {Current}: run a newer hcchat, or restore a backup.",
                        $"数据库的版本是 {version}，此 hcchat 只认识 {Current}：请运行更新的 hcchat，或恢复备份。"
                    )
                );
            }
            if (version < Current && !migrate)
            {
                throw new StartException(
                    Say(
                        $"The database has version {version}, this hcchat needs {Current}: run `hcchat migrate` with the same settings.",
                        $"数据库的版本是 {version}，此 hcchat 需要 {Current}：请用同样的设置运行 `hcchat migrate`。"
                    )
                );
            }
            foreach (var migration in s_migrations.Where(m => m.Version > version))
            {
                Apply(connection, migration);
            }
            return version;
        }
        catch (Exception e) when (database.Classify(e) is not null)
        {
            throw new StartException(Say($"The database cannot be used: {e.Message}", $"无法使用数据库：{e.Message}"));
        }
    }

    private static void Apply(DbConnection connection, Migration migration)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(migration.Resource)!;
        using var reader = new StreamReader(stream);
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText =
            reader.ReadToEnd()
            + "\nDELETE FROM schema_version; INSERT INTO schema_version (version) VALUES ("
            + migration.Version.ToString(CultureInfo.InvariantCulture)
            + ");";
        command.ExecuteNonQuery();
        transaction.Commit();
    }

    private static long VersionOf(DbConnection connection, bool postgres)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL);";
        if (!postgres || !Exists(connection))
        {
            command.ExecuteNonQuery();
        }
        command.CommandText = "SELECT max(version) FROM schema_version";
        return command.ExecuteScalar() is long version ? version : 0;
    }

    // Whoever may only read and write rows, as the server of a careful operator, need not be allowed to make tables.
    private static bool Exists(DbConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT to_regclass('schema_version') IS NOT NULL";
        return command.ExecuteScalar() is true;
    }
}
