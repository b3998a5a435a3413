using System.Data.Common;
using System.Globalization;

namespace HCChat.Server.Database;

/// <summary>
/// Statements on one connection, kept prepared. Parameters are <c>@1</c>, <c>@2</c> … in the order of the values: whole numbers, text or
/// null. Not thread-safe.
/// </summary>
internal sealed class Statements(DbConnection connection) : IDisposable
{
    private readonly Dictionary<string, DbCommand> _commands = [];
    private int _timeout;

    /// <summary>How long a statement may take that is allowed to, seconds.</summary>
    private const int LongTimeout = 300;

    /// <summary>Whether statements may take long now.</summary>
    public bool IsPatient { get; set; }

    /// <summary>The transaction that they run in.</summary>
    public DbTransaction? Transaction { get; set; }

    /// <summary>Runs a statement.</summary>
    /// <returns>How many rows it changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Bind(sql, values).ExecuteNonQuery();

    /// <summary>All rows of a query.</summary>
    public List<T> Query<T>(string sql, Func<DbDataReader, T> row, params ReadOnlySpan<object?> values)
    {
        using var reader = Bind(sql, values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(row(reader));
        }
        return rows;
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }
    }

    private DbCommand Bind(string sql, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            _timeout = command.CommandTimeout; // the connection's
            command.CommandText = sql;
            for (var i = 1; i <= values.Length; i++)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = i.ToString(CultureInfo.InvariantCulture);
                command.Parameters.Add(parameter);
            }
            _commands.Add(sql, command);
        }
        command.Transaction = Transaction;
        command.CommandTimeout = IsPatient ? LongTimeout : _timeout;
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }
        return command;
    }
}
