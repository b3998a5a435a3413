using System.Buffers.Text;
using HCChat.Server.Database;
using HCChat.Server.Hosting;
using HCChat.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace HCChat.Server.Attachments;

/// <summary>What attachments need: the log of them, the store, and who clears it.</summary>
internal static class AttachmentsFeature
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
        var store = DiskStore.Open(Path.Combine(data.Path, Folder), time);
        app.Lifetime.ApplicationStopped.Register(store.Dispose);
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
}
