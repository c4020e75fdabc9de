"""The directives of unit files: which section has which, and what the usual ones may hold.

As systemd 252 lists them, and what was added later; those that it only keeps for old units are
`REPLACED`.
"""

from collections.abc import Mapping


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_UNIT = _names(
    """
    After AllowIsolate AssertACPower AssertArchitecture AssertCPUFeature AssertCPUPressure
    AssertCPUs AssertCapability AssertControlGroupController AssertCredential
    AssertDirectoryNotEmpty AssertEnvironment AssertFileIsExecutable AssertFileNotEmpty
    AssertFirstBoot AssertGroup AssertHost AssertIOPressure AssertKernelCommandLine
    AssertKernelModuleLoaded AssertKernelVersion AssertMemory AssertMemoryPressure
    AssertNeedsUpdate AssertOSRelease AssertPathExists AssertPathExistsGlob
    AssertPathIsDirectory AssertPathIsEncrypted AssertPathIsMountPoint AssertPathIsReadWrite
    AssertPathIsSocket AssertPathIsSymbolicLink AssertSecurity AssertUser AssertVersion
    AssertVirtualization Before BindsTo CollectMode ConditionACPower ConditionArchitecture
    ConditionCPUFeature ConditionCPUPressure ConditionCPUs ConditionCapability
    ConditionControlGroupController ConditionCredential ConditionDirectoryNotEmpty
    ConditionEnvironment ConditionFileIsExecutable ConditionFileNotEmpty ConditionFirmware
    ConditionFirstBoot ConditionGroup ConditionHost ConditionIOPressure
    ConditionKernelCommandLine ConditionKernelModuleLoaded ConditionKernelVersion
    ConditionMemory ConditionMemoryPressure ConditionNeedsUpdate ConditionOSRelease
    ConditionPathExists ConditionPathExistsGlob ConditionPathIsDirectory
    ConditionPathIsEncrypted ConditionPathIsMountPoint ConditionPathIsReadWrite
    ConditionPathIsSocket ConditionPathIsSymbolicLink ConditionSecurity ConditionUser
    ConditionVersion ConditionVirtualization Conflicts DefaultDependencies Description
    Documentation FailureAction FailureActionExitStatus IgnoreOnIsolate JobRunningTimeoutSec
    JobTimeoutAction JobTimeoutRebootArgument JobTimeoutSec JoinsNamespaceOf OnFailure
    OnFailureJobMode OnSuccess OnSuccessJobMode PartOf PropagatesReloadTo PropagatesStopTo
    RebootArgument RefuseManualStart RefuseManualStop ReloadPropagatedFrom Requires
    RequiresMountsFor Requisite SourcePath StartLimitAction StartLimitBurst
    StartLimitIntervalSec StopPropagatedFrom StopWhenUnneeded SuccessAction
    SuccessActionExitStatus SurviveFinalKillSignal Upholds Wants WantsMountsFor
    """
)

_SHARED = _names(
    """
    AllowedCPUs AllowedMemoryNodes AmbientCapabilities AppArmorProfile BPFDelegateAttachments
    BPFDelegateCommands BPFDelegateMaps BPFDelegatePrograms BPFProgram BindLogSockets BindPaths
    BindReadOnlyPaths CPUAccounting CPUAffinity CPUQuota CPUQuotaPeriodSec CPUSchedulingPolicy
    CPUSchedulingPriority CPUSchedulingResetOnFork CPUWeight CacheDirectory
    CacheDirectoryAccounting CacheDirectoryMode CacheDirectoryQuota CapabilityBoundingSet
    ConfigurationDirectory ConfigurationDirectoryMode CoredumpFilter CoredumpReceive
    DefaultMemoryLow DefaultMemoryMin DefaultStartupMemoryLow Delegate DelegateNamespaces
    DelegateSubgroup DeviceAllow DevicePolicy DisableControllers DynamicUser Environment
    EnvironmentFile ExecPaths ExecSearchPath ExecStartPost ExecStartPre ExecStopPost
    ExtensionDirectories ExtensionImagePolicy ExtensionImages FinalKillSignal Group IOAccounting
    IODeviceLatencyTargetSec IODeviceWeight IOReadBandwidthMax IOReadIOPSMax IOSchedulingClass
    IOSchedulingPriority IOWeight IOWriteBandwidthMax IOWriteIOPSMax IPAccounting IPAddressAllow
    IPAddressDeny IPCNamespacePath IPEgressFilterPath IPIngressFilterPath IgnoreSIGPIPE
    ImportCredential InaccessiblePaths KeyringMode KillMode KillSignal LandlockConfig LimitAS
    LimitCORE LimitCPU LimitDATA LimitFSIZE LimitLOCKS LimitMEMLOCK LimitMSGQUEUE LimitNICE
    LimitNOFILE LimitNPROC LimitRSS LimitRTPRIO LimitRTTIME LimitSIGPENDING LimitSTACK
    LoadCredential LoadCredentialEncrypted LockPersonality LogExtraFields LogFilterPatterns
    LogLevelMax LogNamespace LogRateLimitBurst LogRateLimitIntervalSec LogsDirectory
    LogsDirectoryAccounting LogsDirectoryMode LogsDirectoryQuota ManagedOOMMemoryPressure
    ManagedOOMMemoryPressureDurationSec ManagedOOMMemoryPressureLimit ManagedOOMPreference
    ManagedOOMSwap MemoryAccounting MemoryDenyWriteExecute MemoryHigh MemoryKSM MemoryLow
    MemoryMax MemoryMin MemoryPressureThresholdSec MemoryPressureWatch MemorySwapMax
    MemoryZSwapMax MemoryZSwapWriteback MountAPIVFS MountFlags MountImagePolicy MountImages
    NFTSet NUMAMask NUMAPolicy NetworkNamespacePath Nice NoExecPaths NoNewPrivileges
    OOMScoreAdjust PAMName PassEnvironment Personality PrivateBPF PrivateDevices PrivateIPC
    PrivateMounts PrivateNetwork PrivatePIDs PrivateTmp PrivateUsers ProcSubset ProtectClock
    ProtectControlGroups ProtectHome ProtectHostname ProtectKernelLogs ProtectKernelModules
    ProtectKernelTunables ProtectProc ProtectSystem ReadOnlyPaths ReadWritePaths RemoveIPC
    RestartKillSignal RestrictAddressFamilies RestrictFileSystems RestrictNamespaces
    RestrictNetworkInterfaces RestrictRealtime RestrictSUIDSGID RootDirectory RootEphemeral
    RootHash RootHashSignature RootImage RootImageOptions RootImagePolicy RootVerity
    RuntimeDirectory RuntimeDirectoryMode RuntimeDirectoryPreserve SELinuxContext SecureBits
    SendSIGHUP SendSIGKILL SetCredential SetCredentialEncrypted SetLoginEnvironment Slice
    SmackProcessLabel SocketBindAllow SocketBindDeny StandardError StandardInput
    StandardInputData StandardInputText StandardOutput StartupAllowedCPUs
    StartupAllowedMemoryNodes StartupCPUWeight StartupIOWeight StartupMemoryHigh
    StartupMemoryLow StartupMemoryMax StartupMemorySwapMax StartupMemoryZSwapMax StateDirectory
    StateDirectoryAccounting StateDirectoryMode StateDirectoryQuota SupplementaryGroups
    SyslogFacility SyslogIdentifier SyslogLevel SyslogLevelPrefix SystemCallArchitectures
    SystemCallErrorNumber SystemCallFilter SystemCallLog TTYColumns TTYPath TTYReset TTYRows
    TTYVHangup TTYVTDisallocate TasksAccounting TasksMax TemporaryFileSystem TimeoutCleanSec
    TimeoutSec TimerSlackNSec UMask UnsetEnvironment User UserNamespacePath UtmpIdentifier
    UtmpMode WatchdogSignal WorkingDirectory
    """
)

_SERVICE = _names(
    """
    BusName ExecCondition ExecReload ExecReloadPost ExecStart ExecStop ExitType FailureAction
    FileDescriptorStoreMax FileDescriptorStorePreserve GuessMainPID NonBlocking NotifyAccess
    OOMPolicy OpenFile PIDFile RebootArgument RefreshOnReload ReloadSignal RemainAfterExit
    Restart RestartForceExitStatus RestartMaxDelaySec RestartMode RestartPreventExitStatus
    RestartSec RestartSteps RootDirectoryStartOnly RuntimeMaxSec RuntimeRandomizedExtraSec
    Sockets StartLimitAction StartLimitBurst SuccessExitStatus TimeoutAbortSec
    TimeoutStartFailureMode TimeoutStartSec TimeoutStopFailureMode TimeoutStopSec Type
    USBFunctionDescriptors USBFunctionStrings WatchdogSec
    """
)

_SOCKET = _names(
    """
    Accept AcceptFileDescriptors Backlog BindIPv6Only BindToDevice Broadcast DeferAcceptSec
    DeferTrigger DeferTriggerMaxSec DirectoryMode ExecStopPre FileDescriptorName FlushPending
    FreeBind IPTOS IPTTL KeepAlive KeepAliveIntervalSec KeepAliveProbes KeepAliveTimeSec
    ListenDatagram ListenFIFO ListenMessageQueue ListenNetlink ListenSequentialPacket
    ListenSpecial ListenStream ListenUSBFunction Mark MaxConnections MaxConnectionsPerSource
    MessageQueueMaxMessages MessageQueueMessageSize NoDelay PassCredentials
    PassFileDescriptorsToExec PassPIDFD PassPacketInfo PassSecurity PipeSize PollLimitBurst
    PollLimitIntervalSec Priority ReceiveBuffer RemoveOnStop ReusePort SELinuxContextFromNet
    SendBuffer Service SmackLabel SmackLabelIPIn SmackLabelIPOut SocketGroup SocketMode
    SocketProtocol SocketUser Symlinks TCPCongestion Timestamping Transparent TriggerLimitBurst
    TriggerLimitIntervalSec Writable
    """
)

_TIMER = _names(
    """
    AccuracySec DeferReactivation FixedRandomDelay OnActiveSec OnBootSec OnCalendar
    OnClockChange OnStartupSec OnTimezoneChange OnUnitActiveSec OnUnitInactiveSec Persistent
    RandomizedDelaySec RandomizedOffsetSec RemainAfterElapse Unit WakeSystem
    """
)

_PATH = _names(
    """
    DirectoryMode DirectoryNotEmpty MakeDirectory PathChanged PathExists PathExistsGlob
    PathModified TriggerLimitBurst TriggerLimitIntervalSec Unit
    """
)

_INSTALL = _names(
    """
    Alias Also DefaultInstance RequiredBy UpheldBy WantedBy
    """
)

BOOLEANS = _names(
    """
    Accept AllowIsolate Broadcast CPUAccounting CPUSchedulingResetOnFork DefaultDependencies
    DynamicUser FixedRandomDelay FlushPending FreeBind GuessMainPID IOAccounting IPAccounting
    IgnoreOnIsolate IgnoreSIGPIPE KeepAlive LockPersonality MakeDirectory MemoryAccounting
    MemoryDenyWriteExecute NoDelay NoNewPrivileges NonBlocking OnClockChange OnTimezoneChange
    PassCredentials PassPacketInfo PassSecurity Persistent PrivateDevices PrivateIPC
    PrivateMounts PrivateNetwork ProtectClock ProtectKernelLogs ProtectKernelModules
    ProtectKernelTunables RefuseManualStart RefuseManualStop RemainAfterElapse RemainAfterExit
    RemoveIPC RemoveOnStop RestrictRealtime RestrictSUIDSGID ReusePort RootDirectoryStartOnly
    SELinuxContextFromNet SendSIGHUP SendSIGKILL StopWhenUnneeded SyslogLevelPrefix TTYReset
    TTYVHangup TTYVTDisallocate TasksAccounting Transparent WakeSystem Writable
    """
)

DURATIONS = _names(
    """
    AccuracySec DeferAcceptSec JobRunningTimeoutSec JobTimeoutSec KeepAliveIntervalSec
    KeepAliveTimeSec LogRateLimitIntervalSec MemoryPressureThresholdSec OnActiveSec OnBootSec
    OnStartupSec OnUnitActiveSec OnUnitInactiveSec RandomizedDelaySec RandomizedOffsetSec
    RestartMaxDelaySec RestartSec RuntimeMaxSec RuntimeRandomizedExtraSec StartLimitIntervalSec
    TimeoutAbortSec TimeoutCleanSec TimeoutSec TimeoutStartSec TimeoutStopSec
    TriggerLimitIntervalSec WatchdogSec
    """
)

# By the ending of a unit's name: its sections, its own one first.
SECTIONS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "service": {"Service": _SERVICE | _SHARED, "Unit": _UNIT, "Install": _INSTALL},
    "socket": {"Socket": _SOCKET | _SHARED, "Unit": _UNIT, "Install": _INSTALL},
    "timer": {"Timer": _TIMER, "Unit": _UNIT, "Install": _INSTALL},
    "path": {"Path": _PATH, "Unit": _UNIT, "Install": _INSTALL},
    "target": {"Unit": _UNIT, "Install": _INSTALL},
}
REPLACED: Mapping[str, str] = {
    "BindTo": "BindsTo=",
    "BlockIOAccounting": "IOAccounting=",
    "BlockIODeviceWeight": "IODeviceWeight=",
    "BlockIOReadBandwidth": "IOReadBandwidthMax=",
    "BlockIOWeight": "IOWeight=",
    "BlockIOWriteBandwidth": "IOWriteBandwidthMax=",
    "CPUShares": "CPUWeight=",
    "InaccessibleDirectories": "InaccessiblePaths=",
    "MemoryLimit": "MemoryMax=",
    "OnFailureIsolate": "OnFailureJobMode=isolate",
    "PermissionsStartOnly": "a “+” before the command that needs root",
    "PropagateReloadFrom": "ReloadPropagatedFrom=",
    "PropagateReloadTo": "PropagatesReloadTo=",
    "ReadOnlyDirectories": "ReadOnlyPaths=",
    "ReadWriteDirectories": "ReadWritePaths=",
    "RequiresOverridable": "Requires=",
    "RequisiteOverridable": "Requisite=",
    "StartLimitInterval": "StartLimitIntervalSec= under [Unit]",
    "StartupBlockIOWeight": "StartupIOWeight=",
    "StartupCPUShares": "StartupCPUWeight=",
}
_SWITCHES = ("yes", "no", "true", "false", "on", "off", "1", "0")
WORDS: Mapping[str, tuple[str, ...]] = {
    "Type": ("simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle"),
    "ExitType": ("main", "cgroup"),
    "Restart": (
        *("no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always"),
    ),
    "RestartMode": ("normal", "direct", "debug"),
    "KillMode": ("control-group", "mixed", "process", "none"),
    "NotifyAccess": ("none", "main", "exec", "all"),
    "OOMPolicy": ("continue", "stop", "kill"),
    "ProtectSystem": (*_SWITCHES, "full", "strict"),
    "ProtectHome": (*_SWITCHES, "read-only", "tmpfs"),
    "ProtectProc": ("noaccess", "invisible", "ptraceable", "default"),
    "ProcSubset": ("all", "pid"),
    "PrivateTmp": (*_SWITCHES, "disconnected"),
    "PrivateUsers": (*_SWITCHES, "self", "identity", "full", "managed"),
    "ProtectControlGroups": (*_SWITCHES, "private", "strict"),
    "DevicePolicy": ("auto", "closed", "strict"),
    "KeyringMode": ("inherit", "private", "shared"),
    "RuntimeDirectoryPreserve": (*_SWITCHES, "restart"),
    **dict.fromkeys(sorted(BOOLEANS), _SWITCHES),
}
SIZES = frozenset(
    f"{start}Memory{end}"
    for start in ("", "Startup")
    for end in ("Min", "Low", "High", "Max", "SwapMax", "ZSwapMax")
)
# What names other units, which is done with their ending.
UNITS = _names(
    """
    After Before BindsTo Conflicts JoinsNamespaceOf OnFailure OnSuccess PartOf PropagatesReloadTo
    PropagatesStopTo ReloadPropagatedFrom Requires Requisite StopPropagatedFrom Upholds Wants
    Alias Also RequiredBy UpheldBy WantedBy Unit Sockets Service
    """
)
COMMANDS = _names(
    """
    ExecCondition ExecStart ExecStartPost ExecStartPre ExecReload ExecReloadPost ExecStop
    ExecStopPost
    """
)
