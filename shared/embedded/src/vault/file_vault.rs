//! The vault as a folder: `<connection>/<generation>`, one encrypted file each, for the owner's eyes alone.

use super::{
    VaultKey,
    sealed::{Owner, seal, unseal},
};
use async_trait::async_trait;
use psa_bridge_core::{
    ids::ConnectionId,
    ports::{Vault, VaultError},
};
use psa_connector::Credentials;
use secrecy::zeroize::{Zeroize, Zeroizing};
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

/// What a file is called while it is written.
const UNFINISHED: &str = "new";

/// Credentials in encrypted files.
#[derive(Clone, Debug)]
pub struct FileVault {
    folder: Arc<Folder>,
}

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    key: VaultKey,
    /// Held while files come and go, so that none is written into a folder that is just being removed.
    changing: Mutex<()>,
}

impl FileVault {
    /// Opens the vault in a folder, which is made where there is none. Blocks; for the start of a program.
    ///
    /// # Errors
    /// Where the folder cannot be made or used.
    pub fn open(path: impl Into<PathBuf>, key: VaultKey) -> io::Result<Self> {
        let path = path.into();
        create_private_folder(&path)?;
        Ok(Self { folder: Arc::new(Folder { path, key, changing: Mutex::default() }) })
    }

    /// Works with the files away from the async runtime.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || work(&folder)).await.unwrap_or_else(|_| {
            Err(VaultError::Unavailable { detail: "a step of the vault panicked".to_owned(), source: None })
        })
    }
}

#[async_trait]
impl Vault for FileVault {
    async fn put(
        &self,
        connection: &ConnectionId,
        generation: u32,
        credentials: &Credentials,
    ) -> Result<(), VaultError> {
        let (connection, credentials) = (connection.clone(), credentials.clone());
        self.with(move |folder| folder.put(Owner { connection: &connection, generation }, &credentials)).await
    }

    async fn get(&self, connection: &ConnectionId, generation: u32) -> Result<Credentials, VaultError> {
        let connection = connection.clone();
        self.with(move |folder| folder.get(Owner { connection: &connection, generation })).await
    }

    async fn delete_below(&self, connection: &ConnectionId, generation: u32) -> Result<(), VaultError> {
        let connection = connection.clone();
        self.with(move |folder| folder.delete_below(&connection, generation)).await
    }
}

impl Folder {
    fn put(&self, owner: Owner<'_>, credentials: &Credentials) -> Result<(), VaultError> {
        let folder = self.folder_of(owner.connection)?;
        let sealed = seal(&self.key, owner, &plaintext(credentials)?)?;
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        write(&folder, &owner.generation.to_string(), &sealed).map_err(|error| unavailable(&folder, error))
    }

    fn get(&self, owner: Owner<'_>) -> Result<Credentials, VaultError> {
        let path = self.folder_of(owner.connection)?.join(owner.generation.to_string());
        let sealed = match fs::read(&path) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(VaultError::NotFound),
            Err(error) => return Err(unavailable(&path, error)),
        };
        let secret = unseal(&self.key, owner, &sealed)?;
        serde_json::from_slice(&secret).map_err(|_| VaultError::Unreadable)
    }

    fn delete_below(&self, connection: &ConnectionId, generation: u32) -> Result<(), VaultError> {
        let folder = self.folder_of(connection)?;
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        match delete_files_below(&folder, generation) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unavailable(&folder, error)),
            _ => Ok(()),
        }
    }

    fn folder_of(&self, connection: &ConnectionId) -> Result<PathBuf, VaultError> {
        let id = connection.as_str();
        // The bridge makes no other ids; one that leads out of the folder is somebody's trick.
        if id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
            Ok(self.path.join(id))
        } else {
            let detail = "the id of the connection cannot be the name of a file".to_owned();
            Err(VaultError::Unavailable { detail, source: None })
        }
    }
}

/// All fields as JSON; what is copied on the way is wiped.
fn plaintext(credentials: &Credentials) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let mut fields: BTreeMap<String, String> = credentials.expose();
    // Room for all of it from the start: a buffer that grows leaves copies behind.
    let room = fields.iter().map(|(field, value)| field.len() + 6 * value.len() + 8).sum::<usize>() + 2;
    let mut secret = Zeroizing::new(Vec::with_capacity(room));
    let written = serde_json::to_writer(&mut *secret, &fields);
    fields.values_mut().for_each(Zeroize::zeroize);
    written.map(|()| secret).map_err(|_| VaultError::Unavailable {
        detail: "the credentials cannot be written as JSON".to_owned(),
        source: None,
    })
}

/// Writes a file so that it is there whole and durable, or not at all.
fn write(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    create_private_folder(folder)?;
    let unfinished = folder.join(format!("{name}.{UNFINISHED}"));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(name))?;
    sync_folder(folder)
}

/// Deletes for good: what was written is overwritten on the disk before the name goes. File systems that write
/// elsewhere instead keep what nobody can read without the key.
fn delete_files_below(folder: &Path, generation: u32) -> io::Result<()> {
    let mut left = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let of = name.split('.').next().and_then(|number| number.parse::<u32>().ok());
        if of.is_some_and(|of| of < generation) {
            overwrite(&path)?;
            fs::remove_file(&path)?;
        } else {
            left += 1;
        }
    }
    sync_folder(folder)?;
    if left == 0 {
        fs::remove_dir(folder)?;
    }
    Ok(())
}

fn overwrite(path: &Path) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).open(path)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or_default();
    file.write_all(&vec![0; length])?;
    file.sync_all()
}

fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
}

/// Makes names durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    fs::File::open(path)?.sync_all()
}

fn unavailable(path: &Path, error: io::Error) -> VaultError {
    VaultError::Unavailable { detail: format!("{}: {error}", path.display()), source: Some(Box::new(error)) }
}
