using System.Buffers.Text;
using HCChat.Server.Database;
using HCChat.Server.Hosting;
using HCChat.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using static HCChat.Server.Hosting.Language;

namespace HCChat.Server.Attachments;

/// <summary>What attachments need: the log of them, the store, and who clears it.</summary>
internal static partial class AttachmentsFeature
{
    private const string Folder = "objects";
    private const string BuiltInKey = "hcchat";

    /// <summary>Adds the log, the store as S3, and the sweep.</summary>
    public static void AddAttachments(
        this IServiceCollection services,
        ServerOptions options,
        DataFolder data,
        TimeProvider time
    )
    {
        var limits = options.Attachments;
        var quota = new Quota(
            limits.FileBytes,
            limits.RoomBytes,
            limits.DayBytes,
            limits.DayCount,
            limits.Days,
            limits.PendingHours
        );
        services.AddSingleton(p => new AttachmentLog(
            p.GetRequiredService<SqlDatabase>(),
            p.GetRequiredService<Writer>(),
            quota,
            time
        ));
        services.AddSingleton(p => new ObjectStore(
            options.Storage,
            KeyOf(options.Storage, data),
            () => OwnAddress(p.GetRequiredService<IServer>())
        ));
        services.AddSingleton(p => new AttachmentSweep(
            p.GetRequiredService<AttachmentLog>(),
            p.GetRequiredService<ObjectStore>(),
            p.GetRequiredService<AllowedOrigins>(),
            time,
            p.GetRequiredService<ILogger<AttachmentSweep>>()
        ));
        services.AddHostedService(p => p.GetRequiredService<AttachmentSweep>());
    }

    /// <summary>Serves the built-in store from the data folder.</summary>
    public static void MapStore(
        this WebApplication app,
        StorageOptions options,
        DataFolder data,
        TimeProvider time,
        AllowedOrigins origins
    )
    {
        var store = OpenStore(Path.Combine(data.Path, Folder), time);
        app.Lifetime.ApplicationStopped.Register(store.Dispose);
        if (store.SetAside > 0)
        {
            LogSetAside(app.Services.GetRequiredService<ILogger<DiskStore>>(), store.SetAside);
        }
        new S3Endpoint(
            store,
            options.Bucket,
            KeyOf(options, data),
            time,
            app.Services.GetRequiredService<ILogger<S3Endpoint>>()
        )
        {
            // A process that has the store alone does not know what is awaited.
            IsAwaited = app.Services.GetService<AttachmentLog>() is { } attachments
                ? key => Task.Run(() => attachments.IsAwaited(key))
                : null,
        }
            .Map(app)
            .RequireCors(origins.UseForObjects);
    }

    private static DiskStore OpenStore(string folder, TimeProvider time)
    {
        try
        {
            return DiskStore.Open(folder, time);
        }
        catch (InvalidDataException e)
        {
            throw new StartException(
                Say(
                    $"The index of the object store is lost or damaged ({e.Message}) Put it back from a backup. To begin anew without what people have uploaded, move '{folder}' away.",
                    $"对象存储的索引已丢失或损坏（{e.Message}）请从备份恢复。若要放弃已上传的文件重新开始，请移走“{folder}”。"
                )
            );
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException(
                Say(
                    $"The folder of the object store '{folder}' cannot be used: {e.Message}",
                    $"无法使用对象存储文件夹“{folder}”：{e.Message}"
                )
            );
        }
    }

    private static StorageKey KeyOf(StorageOptions options, DataFolder data) =>
        options.AccessKey.Length > 0
            ? new StorageKey(options.AccessKey, options.SecretKey)
            : new StorageKey(BuiltInKey, Base64Url.EncodeToString(data.Secret("storage.key", 32)));

    // Where this process reaches itself.
    private static string OwnAddress(IServer server) =>
        server
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First()
            .Replace("://[::]", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://0.0.0.0", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://*", "://127.0.0.1", StringComparison.Ordinal)
            .Replace("://+", "://127.0.0.1", StringComparison.Ordinal);

    [LoggerMessage(
        6010,
        LogLevel.Warning,
        "{Count} files lay in the object store that its index does not name. After a kill or a power cut a few are usual, and nothing is missing. If the index is from an old backup, put the right one in its place within seven days: objects/aside keeps them for so long."
    )]
    private static partial void LogSetAside(ILogger log, int count);
}
